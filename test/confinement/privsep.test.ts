/** Compares the table of docs/PRIVSEP.md with a live daemon. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { needsWholeSandbox } from '../harness/offers.js';
import { commandOf as wordsOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { descriptorsOf, readOf, tasksOf } from '../harness/processes.js';
import { DEADLINE, until } from '../harness/until.js';

interface Row {
  readonly command: string;
  readonly parent: string;
  readonly ids: string;
  readonly permitted: string;
  readonly ambient: string;
  readonly bounding: string;
  readonly noNewPrivileges: string;
  readonly seccomp: string;
  readonly descriptors: readonly string[];
}

function documented(): Map<string, Row> {
  const text = readFileSync(FILES.root + 'docs/PRIVSEP.md', 'utf8');
  const rows = new Map<string, Row>();
  for (const line of text
    .split('\n')
    .filter((candidate) =>
      /^\| (master|monitor|clerk|watcher|(mirroring )?executor|call)('s \w+)? \|/.test(candidate),
    )) {
    const [
      name = '',
      command = '',
      parent = '',
      ids = '',
      permitted = '',
      ambient = '',
      bounding = '',
      noNewPrivileges = '',
      seccomp = '',
      kinds = '',
    ] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    rows.set(name, {
      command: command.replaceAll('`', '').replace(/^.*…/, ''),
      parent,
      ids,
      permitted,
      ambient,
      bounding,
      noNewPrivileges,
      seccomp,
      descriptors: kinds.split(' ').filter((kind) => kind !== ''),
    });
  }
  return rows;
}

function statusOf(pid: number): Map<string, string> {
  return parsed(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

function parsed(status: string): Map<string, string> {
  return new Map(status.split('\n').map((line) => line.split(':\t', 2) as [string, string]));
}

/** None when it has ended. */
function childrenOf(pid: number): number[] {
  return readOf(pid, `task/${pid}/children`)
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

/** The status of each thread that has not ended meanwhile. */
function threadsOf(pid: number): Map<string, string>[] {
  return tasksOf(pid)
    .map((thread) => readOf(pid, `task/${thread}/status`))
    .filter((status) => status !== '')
    .map(parsed);
}

function commandOf(pid: number): string {
  return readOf(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** Kinds of the open descriptors, those of the runtime's events as one, and links too. */
function kindsOf(pid: number, named: Readonly<Record<string, string>>): string[] {
  const kinds: string[] = [];
  const isNode = commandOf(pid).includes('main.js');
  for (const [fd, target] of [...descriptorsOf(pid)].sort(([a], [b]) => a - b)) {
    const kind =
      isNode && fd === 0 && target.startsWith('pipe:')
        ? 'empty'
        : isNode && fd <= 2 && target.startsWith('pipe:')
          ? 'output'
          : target.startsWith('socket:')
            ? (fd === 3 || fd === 4) && isNode
              ? 'channel'
              : 'link'
            : named[target] !== undefined
              ? named[target]
              : target.endsWith('/mountinfo')
                ? 'mounts'
                : target === 'anon_inode:inotify'
                  ? 'inotify'
                  : /^(pipe:|anon_inode:\[(event(fd|poll)|signalfd)\])/.test(target)
                    ? 'event'
                    : // The runtime opens this one for itself.
                      target === '/dev/null' && fd > 4
                      ? undefined
                      : target;
    const isRepeated =
      ['event', 'link', 'place'].includes(kind ?? '') && kinds.includes(kind ?? '');
    if (kind !== undefined && !isRepeated) kinds.push(kind);
  }
  return kinds;
}

/** Waits until its descriptors are these: a role that loads a file has it open for a moment. */
async function hasKinds(name: string, kinds: () => readonly string[], row: Row): Promise<void> {
  await until(`the descriptors of the ${name}`, () => isDeepStrictEqual(kinds(), row.descriptors), {
    detail: () => `${kinds().join(' ')} in place of ${row.descriptors.join(' ')}`,
  });
}

/** In the place of the executor, in mode mirror without hooks. */
const MIRRORING = 'mirroring executor';
/** Where the file system is marked. */
const RESOLVER = "watcher's resolver";

const asRoot = { skip: needsWholeSandbox(), timeout: DEADLINE };

test('every process has the documented privileges', asRoot, async () => {
  const directory = mkdtempSync('/var/tmp/clsync-privsep-');
  chmodSync(directory, 0o755);
  const [watched, copy, log, own] = ['watched', 'copy', 'log', 'pid'].map(
    (name) => `${directory}/${name}`,
  ) as [string, string, string, string];
  mkdirSync(watched);
  mkdirSync(copy);
  writeFileSync(watched + '/file', 'x');
  const script =
    `exec ${process.execPath} ${FILES.root}dist/roles/master/main.js ` +
    `-v -Mrsyncdirect -W ${watched} -D ${copy} --pid-file=${own} --log-file=${log}`;
  const named = { [watched]: 'watched', [own]: 'written', [log]: 'log', [directory]: 'place' };
  // Root has supplementary groups, as in a login shell.
  const daemon = spawn('setpriv', ['--groups', '0,4,61234', '/bin/sh', '-c', script], {
    stdio: 'ignore',
  });
  try {
    const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    const isSynced = (): boolean => said().includes('initial sync done');
    await until('the initial sync', () => isSynced() || daemon.exitCode !== null, { detail: said });
    const master = daemon.pid ?? 0;
    const [monitor = 0] = childrenOf(master);
    const isClerk = (pid: number): boolean => commandOf(pid).endsWith('clsync-monitor');
    const clerk = childrenOf(monitor).find(isClerk) ?? 0;
    // Others come and go.
    const having = (file: string): number =>
      childrenOf(clerk).find((pid) => [...descriptorsOf(pid).values()].includes(file)) ?? 0;
    const processes: Record<string, number> = {
      ...{ master, monitor, clerk },
      "clerk's file": having(own),
      "clerk's log": having(log),
    };
    for (const role of ['watcher', 'executor']) {
      for (const keeper of childrenOf(monitor).filter((pid) => pid !== clerk)) {
        const [init = 0] = childrenOf(keeper);
        const [program = 0] = childrenOf(init);
        if (commandOf(program).includes(role))
          Object.assign(processes, {
            [`${role}'s keeper`]: keeper,
            [`${role}'s init`]: init,
            [role]: program,
          });
      }
    }
    // Of the next call: the only one, and not while it still is a copy of the executor. It closes
    // its descriptors when it has made the launcher.
    const isLauncher = (pid: number): boolean => /clsync-launch/.test(readOf(pid, 'cmdline'));
    let prepared: readonly number[] = [];
    const seen = (): string =>
      childrenOf(processes['executor'] ?? 0)
        .map((pid) => `${pid} ${commandOf(pid)}: ${[...descriptorsOf(pid)].join(' ')}`)
        .join('\n');
    const isPrepared = (): boolean => {
      const [keeper = 0, ...others] = childrenOf(processes['executor'] ?? 0);
      const [launcher = 0] = childrenOf(keeper);
      prepared = [keeper, launcher];
      const isAlone = others.length === 0 && descriptorsOf(keeper).size === 0;
      return isAlone && prepared.every(isLauncher);
    };
    await until('the launcher of the next call', isPrepared, { detail: seen });
    [processes["call's keeper"] = 0, processes["executor's launcher"] = 0] = prepared;
    // SIGUSR1 starts Node's inspector, which reports that.
    for (const role of ['watcher', 'executor']) process.kill(processes[role] ?? 0, 'SIGUSR1');
    const table = documented();
    for (const name of [MIRRORING, RESOLVER]) table.delete(name);
    assert.deepEqual([...table.keys()], Object.keys(processes));

    const uids = new Map<string, string>();
    const starter = statusOf(process.pid);
    for (const [name, pid] of Object.entries(processes)) {
      const row = table.get(name) as Row;
      const status = statusOf(pid);
      const field = (key: string): string => status.get(key)?.trim() ?? '';
      assert.ok(commandOf(pid).includes(row.command), `${name}: ${commandOf(pid)}`);
      assert.equal(
        Number(field('PPid')),
        row.parent === 'the starter' ? process.pid : processes[row.parent],
        name,
      );
      for (const key of ['CapPrm', 'CapEff'])
        assert.equal(field(key), row.permitted, `${name} ${key}`);
      for (const key of ['CapInh', 'CapAmb'])
        assert.equal(field(key), row.ambient, `${name} ${key}`);
      assert.equal(field('CapBnd'), row.bounding, name);
      for (const own of threadsOf(pid))
        assert.equal(own.get('CapPrm')?.trim(), row.permitted, `${name}, a thread`);
      assert.equal(field('NoNewPrivs'), row.noNewPrivileges, name);
      assert.equal(field('Seccomp'), row.seccomp, name);
      for (const own of threadsOf(pid)) {
        assert.equal(own.get('Groups')?.trim(), '', `${name}, a thread`);
        for (const key of ['Uid', 'Gid', 'CapEff', 'CapBnd'])
          assert.equal(own.get(key)?.trim(), field(key), `${name}, ${key} of a thread`);
      }
      if (row.ids === "the starter's") {
        for (const key of ['Uid', 'Gid'])
          assert.equal(field(key), starter.get(key)?.trim(), `${name} ${key}`);
        await hasKinds(name, () => kindsOf(pid, named), row);
        continue;
      }
      const [uid = ''] = field('Uid').split('\t');
      assert.equal(field('Uid'), [uid, uid, uid, uid].join('\t'), name);
      const [gid = ''] = field('Gid').split('\t');
      assert.equal(field('Gid'), [gid, gid, gid, gid].join('\t'), name);
      assert.equal(field('Groups'), '', name);
      assert.equal(uids.get(row.ids) ?? uid, uid, name);
      uids.set(row.ids, uid);
      if (name !== 'master') await hasKinds(name, () => kindsOf(pid, named), row);
    }
    assert.equal(new Set(uids.values()).size, 3);
    for (const uid of uids.values()) assert.notEqual(uid, '0');
    // By its end all that was printed is in the log.
    daemon.kill('SIGTERM');
    if (daemon.exitCode === null) await once(daemon, 'exit');
    assert.doesNotMatch(said(), /debugger|inspector/i);
  } finally {
    daemon.kill('SIGTERM');
    if (daemon.exitCode === null) await once(daemon, 'exit');
    rmSync(directory, { recursive: true });
  }
});

function hasPrivileges(pid: number, row: Row): void {
  for (const status of threadsOf(pid)) {
    const field = (key: string): string => status.get(key)?.trim() ?? '';
    for (const key of ['CapPrm', 'CapEff']) assert.equal(field(key), row.permitted, key);
    for (const key of ['CapInh', 'CapAmb']) assert.equal(field(key), row.ambient, key);
    assert.equal(field('CapBnd'), row.bounding);
    assert.equal(field('NoNewPrivs'), row.noNewPrivileges);
    assert.equal(field('Seccomp'), row.seccomp);
    assert.equal(field('Groups'), '');
  }
}

/** A daemon in mode mirror, once it has synced what is there. */
async function startMirror(
  scope: Scope,
  option: string,
): Promise<{ daemon: Daemon; watched: string; copy: string }> {
  const base = temporaryDirectory(scope);
  const [watched, copy] = [subdirectory(base, 'watched'), subdirectory(base, 'copy')];
  const daemon = new Daemon(scope, [
    ...wordsOf('clsync'),
    ...[option, '-Mmirror', '-t0', '-w0', '-W', watched, '-D', copy],
  ]);
  await daemon.logged(/initial sync done/);
  return { daemon, watched, copy };
}

test(
  'what resolves file handles for the watcher has the documented privileges',
  asRoot,
  async (scope) => {
    const { daemon, watched, copy } = await startMirror(scope, '--monitor=fanotify');
    const watcher = daemon.find(/watcher\/main\.js/)?.pid ?? 0;
    const init = Number(statusOf(watcher).get('PPid'));
    const [resolver = 0, ...others] = childrenOf(init).filter((pid) => pid !== watcher);
    assert.deepEqual(others, []);
    assert.equal(statusOf(resolver).get('Name'), 'clsync-resolve');
    assert.equal(statusOf(resolver).get('Uid'), statusOf(watcher).get('Uid'));
    const row = documented().get(RESOLVER) as Row;
    assert.ok(commandOf(resolver).includes(row.command), commandOf(resolver));
    hasPrivileges(resolver, row);
    await hasKinds(RESOLVER, () => kindsOf(resolver, { [watched]: 'watched' }), row);
    // The watcher cannot place events without it, and is started again.
    process.kill(resolver, 'SIGKILL');
    writeFileSync(watched + '/file', 'x');
    await until('the copy', () => existsSync(copy + '/file'));
  },
);

test('the executor of mode mirror has the documented privileges', asRoot, async (scope) => {
  const { daemon, watched, copy } = await startMirror(scope, '-H/NULL/');
  writeFileSync(watched + '/file', 'x');
  await until('the copy', () => existsSync(copy + '/file'));
  const executor = daemon.find(/executor\/main\.js/)?.pid ?? 0;
  const row = documented().get(MIRRORING) as Row;
  assert.ok(commandOf(executor).includes(row.command), commandOf(executor));
  assert.deepEqual(childrenOf(executor), []);
  hasPrivileges(executor, row);
  await hasKinds(
    MIRRORING,
    () => kindsOf(executor, { [watched]: 'watched', [copy]: 'copied' }),
    row,
  );
});
