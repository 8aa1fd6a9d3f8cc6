/**
 * No rule of a sandbox governs a descriptor that is open already: what a handler inherits, it may
 * truncate, make set-user-id or steer, whatever its view shows. So nothing that a daemon starts
 * gets a descriptor of an inode of the host.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsTerminal } from '../harness/offers.js';
import { descriptorsOf } from '../harness/processes.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };
/** Nobody else may look at the descriptors of sealed processes, and of other users' ones. */
const asRoot = { ...LIMIT, skip: needsRoot };

class Trial {
  readonly base: string;

  constructor(readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(this.base + '/source/first', '');
    fs.writeFileSync(this.base + '/log', '');
  }

  script(name: string, text: string): string {
    const path = `${this.base}/${name}`;
    fs.writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  }

  /** Started as by a shell, with this redirection of it. */
  start(redirection: string, ...options: readonly string[]): Daemon {
    const { base, scope } = this;
    return new Daemon(scope, [
      ...['/bin/sh', '-c', `exec "$@" ${redirection}`, 'sh', ...commandOf('clsync')],
      ...['-H/NULL/', '-t0', '-w0', '-W', base + '/source', '-D', base + '/copy', ...options],
    ]);
  }

  get log(): string {
    return fs.readFileSync(this.base + '/log', 'utf8');
  }
}

/**
 * What processes open themselves, in their own view: the watcher the directory that it watches and
 * its list of mounts, Node a /dev/null to read from.
 */
const OPENED = {
  watcher: /^(\/proc\/\d+\/mountinfo|.*\/source|\/dev\/null)$/,
  others: /^\/dev\/null$/,
};
/** The last descriptor that something is started with. */
const LAST_GIVEN = 4;

/** Descriptors of inodes, as they are seen on the host. */
function inodesOf({ pid, command }: { pid: number; command: string }): string[] {
  return [...descriptorsOf(pid)]
    .filter(([, target]) => !/^(pipe:|socket:|anon_inode:|\/memfd:)/.test(target))
    .filter(
      ([fd, target]) =>
        fd <= LAST_GIVEN || !OPENED[/watcher/.test(command) ? 'watcher' : 'others'].test(target),
    )
    .map(([fd, target]) => `${command}: ${fd} is ${target}`);
}

/** A call that does not return. */
const PLUGIN = `import { writeFileSync } from 'node:fs';
let at;
export function init({ destination }) { at = destination + '/called'; }
export function sync() { writeFileSync(at, ''); for (;;); }`;

interface Route {
  readonly options: (base: string) => readonly string[];
  /** What runs then. */
  readonly runs: RegExp;
  /** It says that it does. */
  readonly calls?: true;
}

const SLEEP = /^sleep 1234/;
const ROUTES: Readonly<Record<string, Route>> = {
  'a handler': { options: (at) => ['-Mdirect', '-S', at + '/waits', '--', 'x'], runs: SLEEP },
  'a handler under --compat': {
    options: (at) => ['-Mdirect', '--compat', '-S', at + '/waits', '--', 'x'],
    runs: SLEEP,
  },
  "a program in rsync's place": {
    options: (at) => ['-Mrsyncdirect', '-S', at + '/waits'],
    runs: SLEEP,
  },
  rsync: { options: (at) => ['-Mrsyncdirect', '-S', at + '/rsync'], runs: SLEEP },
  'a hook': {
    options: (at) => ['-Mrsyncdirect', '--only-initialsync', '--exit-hook', at + '/waits'],
    runs: SLEEP,
  },
  'the host of a plug-in': {
    options: (at) => ['-Mso', '-S', at + '/plugin.mjs'],
    runs: /plugin\.mjs/,
    calls: true,
  },
};

for (const [name, { options, runs, calls }] of Object.entries(ROUTES))
  test(`${name}, and the roles, have pipes and sockets only`, asRoot, async (scope) => {
    const trial = new Trial(scope);
    trial.script('waits', 'exec sleep 1234');
    trial.script('rsync', '[ "$1" = --version ] || exec sleep 1234');
    fs.writeFileSync(trial.base + '/plugin.mjs', PLUGIN);
    const daemon = trial.start(`>>${trial.base}/log 2>&1`, ...options(trial.base));
    const runsAll = (): boolean => {
      const roles = ['watcher', 'executor'].every((role) => daemon.find(new RegExp(role)));
      const isCalled = calls === undefined || fs.existsSync(trial.base + '/copy/called');
      return roles && isCalled && daemon.find(runs) !== undefined;
    };
    await daemon.until('the program', runsAll, { detail: () => trial.log });
    let inodes: readonly string[] = [];
    // What was inherited stays. A role that loads a file, and a launcher, open some for a moment.
    await daemon.until(
      'no inode',
      () => {
        const others = daemon.processes().filter(({ pid }) => pid !== daemon.pid);
        inodes = others.flatMap(inodesOf);
        return inodes.length === 0 && runsAll();
      },
      { detail: () => inodes.join('\n') },
    );
  });

test('the file of the log is neither emptied nor made set-user-id', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const attack = ['1', '2']
    .map((fd) => `chmod 4755 /proc/self/fd/${fd}; : >/proc/self/fd/${fd}`)
    .join('; ');
  const handler = trial.script('handler', `${attack}; echo done >>${trial.base}/copy/done`);
  const daemon = trial.start(
    `>>${trial.base}/log 2>&1`,
    ...['-Mdirect', '-S', handler, '--only-initialsync', '-d3', '--', 'x'],
  );
  assert.equal((await daemon.exited).code, 0, trial.log);
  assert.equal(fs.readFileSync(trial.base + '/copy/done', 'utf8'), 'done\n');
  assert.match(trial.log, / info: watching 1 directory/);
  assert.equal(fs.statSync(trial.base + '/log').mode & 0o7777, 0o644);
});

test(
  'lines of a handler are told from those of the daemon, and steer no terminal',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const says =
      "printf 'initial sync done\\033[2J\\342\\200\\256x\\n' >&2; " +
      "printf 'a\\033b\\342\\200\\250c\\n'; " +
      "printf 'no end'";
    const daemon = new Daemon(scope, [
      ...[...commandOf('clsync'), '-H/NULL/', '-W', trial.base + '/source'],
      ...['-Mdirect', '-S', trial.script('handler', says), '--only-initialsync', '--', 'x'],
    ]);
    assert.equal((await daemon.exited).code, 0, daemon.output);
    await until('all of it', () => daemon.stdout.includes('no end\n'));
    assert.equal(daemon.stdout, 'a\\x1bb\\xe2\\x80\\xa8c\nno end\n');
    assert.match(
      daemon.stderr,
      /^handler: initial sync done\\x1b\[2J\\xe2\\x80\\xaex$[^]* info: initial sync done in/m,
    );
  },
);

test(
  'a flood is limited, and what was lost is counted; the daemon goes on',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const handler = trial.script('handler', `seq 1 1000000; echo x >>${trial.base}/copy/calls`);
    const daemon = trial.start(
      `>>${trial.base}/log 2>&1`,
      ...['-Mdirect', '-S', handler, '--only-initialsync', '--', 'x'],
    );
    assert.equal((await daemon.exited).code, 0, trial.log.slice(-1000));
    const lines = trial.log.split('\n');
    // It is said each second.
    const notices = [...trial.log.matchAll(/ warning: (\d+) lines? .*lost/g)];
    const lost = notices.reduce((sum, [, count]) => sum + Number(count), 0);
    const shown = lines.filter((line) => /^\d+$/.test(line)).length;
    assert.ok(lost > 500_000, String(lost));
    assert.equal(shown + lost, 1_000_000);
  },
);

test('under --compat what a handler prints comes byte for byte', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const handler = trial.script('handler', "seq 1 300000; printf '\\377\\033[mend'");
  const daemon = trial.start(
    `>${trial.base}/log`,
    ...['-Mdirect', '--compat', '-S', handler, '--only-initialsync', '--', 'x'],
  );
  assert.equal((await daemon.exited).code, 0, daemon.output);
  const bytes = fs.readFileSync(trial.base + '/log', 'latin1');
  assert.ok(bytes.startsWith('1\n2\n') && bytes.endsWith('299999\n300000\n\xff\x1b[mend'));
  assert.equal(bytes.split('\n').length, 300_001);
});

test(
  'the terminal of the daemon is not the handler’s',
  { ...LIMIT, skip: needsTerminal() },
  async (scope) => {
    const trial = new Trial(scope);
    const handler = trial.script(
      'handler',
      `for fd in 0 1 2; do [ -t $fd ] && echo $fd >>${trial.base}/copy/terminals; done; ` +
        'stty -echo </dev/stderr; exit 0',
    );
    const words = ['-Mdirect', '-S', handler, '-W', trial.base + '/source', '--only-initialsync'];
    const daemon = new Daemon(scope, [
      ...['script', '-qec', [...commandOf('clsync'), ...words, '-- x'].join(' '), '/dev/null'],
    ]);
    await until('the end', () => daemon.exit !== undefined);
    assert.equal(fs.existsSync(trial.base + '/copy/terminals'), false);
  },
);
