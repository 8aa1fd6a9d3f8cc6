/** A file system that the daemon works on stops answering while the daemon runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { bindStoppable, mountFuse, needsBindfs, needsFuse } from '../harness/fuse.js';
import { Mirror } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { killAll, tasksOf } from '../harness/processes.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';

const filesIn = (base: string): string[] => ['pid', 'status'].map((name) => join(base, name));
const options = (base: string): string[] => {
  const [pid, status] = filesIn(base) as [string, string];
  return [`--pid-file=${pid}`, `--status-file=${status}`];
};

/** Whether one of the daemon's processes waits for the answer of a FUSE file system. */
function hangs({ daemon }: Pick<Mirror, 'daemon'>): boolean {
  const tasks = daemon.processes().flatMap(({ pid }) => tasksOf(pid).map((task) => [pid, task]));
  return tasks.some(([pid, task]) =>
    read(`/proc/${pid}/task/${task}/wchan`).includes('request_wait'),
  );
}

for (const [what, more] of [
  ['destination', []],
  ['source', []],
  ['source', ['--allow-fuse']],
  ['granted', ['--handler-allow=granted']],
] as const) {
  test(
    `TERM ends the daemon when one that answers nothing is mounted over its ${what}`,
    { timeout: DEADLINE, skip: needsFuse },
    async (scope) => {
      const base = temporaryDirectory(scope);
      subdirectory(base, 'granted');
      const mirror = new Mirror(scope, { base, cwd: base, options: [...options(base), ...more] });
      const { daemon } = mirror;
      await daemon.logged(/initial sync done/);
      const mount = mountFuse(scope, join(base, what), 'allow_other');
      // What is only granted is looked at when the roles start.
      if (what === 'granted')
        killAll(daemon.processes().filter(({ command }) => /roles\/executor/.test(command)));
      await daemon.logged(new RegExp(`${what}.* does not answer`));
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
      for (const file of filesIn(base)) assert.equal(existsSync(file), false, file);
      assert.match(daemon.stderr, /left to the kernel: clsync-look \(process \d+\)/);
      mount.end();
      await daemon.gone(base);
    },
  );
}

for (const what of ['destination', 'source'] as const) {
  test(
    `TERM ends the daemon whose ${what} stops answering during a sync`,
    { timeout: DEADLINE, skip: needsFuse || needsBindfs },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const bound = bindStoppable(scope, subdirectory(base, 'bound'), join(base, what));
      const mirror = new Mirror(scope, { base, options: [...options(base), '--allow-fuse'] });
      const { daemon } = mirror;
      await daemon.logged(/initial sync done/);
      bound.stop();
      // In the source, the change is seen by who looks at intervals, or by no one.
      if (what === 'destination') writeFileSync(join(mirror.source, 'file'), '');
      await daemon.until('a process to hang', () => hangs(mirror));
      await daemon.logged(new RegExp(`${what} does not answer`));
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
      for (const file of filesIn(base)) assert.equal(existsSync(file), false, file);
      bound.end();
      await daemon.gone(base);
    },
  );
}

test(
  'mode mirror: a destination that does not answer keeps the executor from nothing else',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const inner = subdirectory(base, 'bound');
    const bound = bindStoppable(scope, inner, join(base, 'destination'));
    const mirror = new Mirror(scope, { base, options: ['-Mmirror', `--socket=${base}/socket`] });
    const { daemon, source } = mirror;
    await daemon.logged(/initial sync done/);
    bound.stop();
    writeFileSync(join(source, 'file'), '');
    await daemon.until('a process to hang', () => hangs(mirror));
    const { stdout } = new Ctl(base).ask('queue');
    assert.match(stdout, /file/);
    bound.go();
    await daemon.until('the file', () => existsSync(join(inner, 'file')));
    bound.stop();
    writeFileSync(join(source, 'second'), '');
    await daemon.until('a process to hang', () => hangs(mirror));
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    bound.end();
    await daemon.gone(base);
  },
);

test(
  'what did not answer, and answers again, is synced as before',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const bound = bindStoppable(scope, subdirectory(base, 'bound'), join(base, 'destination'));
    const { daemon, source } = new Mirror(scope, { base });
    await daemon.logged(/initial sync done/);
    bound.stop();
    writeFileSync(join(source, 'file'), '');
    await daemon.logged(/destination does not answer/);
    bound.go();
    await daemon.until('the file', () => existsSync(join(base, 'bound/file')));
  },
);

test(
  'its own files: nothing waits for them, and they are written once there is an answer',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const inner = subdirectory(base, 'inner');
    writeFileSync(join(inner, 'rules'), '-f\\.o$\n');
    const bound = bindStoppable(scope, inner, join(base, 'own'));
    const own = ['pid', 'status', 'metrics', 'rules'].map(
      (name) => `--${name}-file=${join(base, 'own', name)}`,
    );
    const socket = `--socket=${join(base, 'own/socket')}`;
    const mirror = new Mirror(scope, { base, options: ['-Mmirror', socket, ...own] });
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    bound.stop();
    writeFileSync(join(mirror.source, 'first'), '');
    await daemon.logged(/--status-file: cannot write .*: it does not answer/);
    daemon.signal('SIGHUP');
    await daemon.logged(/cannot read the rules file .*: it does not answer/);
    await daemon.until('the file', () => existsSync(join(mirror.destination, 'first')));
    rmSync(join(inner, 'status'));
    bound.go();
    await daemon.until('another status file', () => existsSync(join(inner, 'status')));
    bound.stop();
    writeFileSync(join(mirror.source, 'second'), '');
    await daemon.until('the file', () => existsSync(join(mirror.destination, 'second')));
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    assert.doesNotMatch(daemon.stderr, /the monitor, which starts the roles/);
    bound.end();
    await daemon.gone(base);
  },
);

test(
  'TERM ends the daemon whose log file does not answer; what it said is written once it does',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const inner = subdirectory(base, 'inner');
    const bound = bindStoppable(scope, inner, join(base, 'own'));
    const log = join(inner, 'log');
    const mirror = new Mirror(scope, { base, options: [`--log-file=${join(base, 'own/log')}`] });
    const { daemon, source, destination } = mirror;
    await daemon.until('the initial sync', () => read(log).includes('initial sync done'));
    bound.stop();
    daemon.signal('SIGHUP');
    writeFileSync(join(source, 'file'), '');
    await daemon.until('the file', () => existsSync(join(destination, 'file')));
    await daemon.until('a process to hang', () => hangs(mirror));
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    assert.match(daemon.stderr, /--log-file.* does not answer.*clsync-log, process \d+/);
    bound.go();
    await until('the last line', () => read(log).endsWith('ended with status 0\n'));
    bound.end();
    await daemon.gone(base);
  },
);

for (const [mode, more] of [
  ['rsyncdirect', []],
  ['mirror', ['-Mmirror']],
] as const) {
  test(
    `a state that does not answer is said, and TERM ends the daemon: mode ${mode}`,
    { timeout: DEADLINE, skip: needsFuse || needsBindfs },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const inner = subdirectory(base, 'inner');
      mkdirSync(join(inner, 'state'), { mode: 0o700 });
      const bound = bindStoppable(scope, inner, join(base, 'own'));
      const state = `--state-dir=${join(base, 'own/state')}`;
      const { daemon, source, destination } = new Mirror(scope, {
        base,
        options: [...more, state],
      });
      const arrives = (name: string): Promise<void> =>
        daemon.until(name, () => existsSync(join(destination, name)));
      await daemon.logged(/initial sync done/);
      bound.stop();
      writeFileSync(join(source, 'first'), '');
      await daemon.logged(/--state-dir: its file system does not answer: syncs wait/);
      bound.go();
      await arrives('first');
      await daemon.logged(/--state-dir: its file system answers again/);
      bound.stop();
      writeFileSync(join(source, 'second'), '');
      await daemon.until('the state to hang', () => hangs({ daemon }));
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
      bound.end();
      await daemon.gone(base);
    },
  );
}

test(
  'TERM ends the daemon whose executor waits for its state once it has finished',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const inner = subdirectory(base, 'inner');
    mkdirSync(join(inner, 'state'), { mode: 0o700 });
    const own = bindStoppable(scope, inner, join(base, 'own'));
    const bound = bindStoppable(scope, subdirectory(base, 'bound'), join(base, 'source'));
    const options = ['--allow-fuse', `--state-dir=${join(base, 'own/state')}`];
    const { daemon } = new Mirror(scope, { base, options });
    await daemon.logged(/initial sync done/);
    bound.stop();
    // By then nothing of the first sync is still being written.
    await daemon.logged(/source does not answer/);
    own.stop();
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    for (const { end } of [own, bound]) end();
    await daemon.gone(base);
  },
);

test(
  'a standby file that does not answer is said, and taken as not there',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const inner = subdirectory(base, 'inner');
    const bound = bindStoppable(scope, inner, join(base, 'own'));
    const standby = `--standby-file=${join(base, 'own/standby')}`;
    const mirror = new Mirror(scope, {
      base,
      options: [standby, '--socket=' + join(base, 'socket')],
    });
    const { daemon, source, destination } = mirror;
    const make = async (name: string): Promise<void> => {
      writeFileSync(join(source, name), '');
      await daemon.until(name, () => existsSync(join(destination, name)));
    };
    await daemon.logged(/initial sync done/);
    bound.stop();
    await make('first');
    await daemon.logged(/own\/standby does not answer: the file is taken as not there/);
    bound.go();
    await daemon.until('an answer', async () => {
      await make(`again-${performance.now()}`);
      return /own\/standby answers again/.test(daemon.stderr);
    });
    // One that is named later is not looked at by processes of their own.
    new Ctl(base).order('SET', 'standby-file', join(base, 'own/later'));
    bound.stop();
    await make('second');
    await daemon.logged(/own\/later does not answer/);
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    bound.end();
    await daemon.gone(base);
  },
);

test(
  'a full disk for the log leaves no process when the daemon has ended',
  { timeout: DEADLINE, skip: needsMounts() },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const full = join(base, 'full');
    mountAt(scope, ['-t', 'tmpfs', '-o', 'size=64k', 'none'], full);
    writeFileSync(join(full, 'log'), Buffer.alloc(64 << 10));
    const { daemon, source, destination } = new Mirror(scope, {
      base,
      options: [`--log-file=${join(full, 'log')}`],
    });
    writeFileSync(join(source, 'file'), '');
    await daemon.until('the file', () => existsSync(join(destination, 'file')));
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    await daemon.gone(base);
  },
);
