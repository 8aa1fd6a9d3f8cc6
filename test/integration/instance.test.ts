/**
 * Two daemons with the same files, and the directories a daemon is started in and writes its files
 * to.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { Mirror } from '../harness/mirror.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';
import { needsRoot, ORDINARY_USER } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };
const read = (path: string): string => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');

function run(
  cwd: string,
  ...words: readonly string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(program, [...rest, ...words], {
    cwd,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  return { status, stdout, stderr };
}

test('a start in a removed directory is one line of error', (scope) => {
  const directory = `${temporaryDirectory(scope)}/gone`;
  fs.mkdirSync(directory);
  const script = 'rmdir "$PWD" && exec "$@"';
  const { status, stderr } = spawnSync(
    '/bin/sh',
    ['-c', script, 'sh', ...commandOf('clsync'), '-Mrsyncdirect', '-W/tmp', '-D/tmp'],
    { cwd: directory, encoding: 'utf8' },
  );
  assert.equal(
    stderr,
    'error: the directory clsync was started in is gone: change to one that exists\n',
  );
  assert.equal(status, 2);
});

for (const limit of [28, 34, 38]) {
  test(`with ${limit} file descriptors, a start is one line of error`, (scope) => {
    const [source, destination] = [temporaryDirectory(scope), temporaryDirectory(scope)];
    const words = [
      ...commandOf('clsync'),
      '-H',
      '/NULL/',
      '--only-initialsync',
      '-Mrsyncdirect',
      '-W',
      source,
      '-D',
      destination,
    ];
    const { status, stderr } = spawnSync('prlimit', [`--nofile=${limit}:${limit}`, ...words], {
      encoding: 'utf8',
    });
    assert.match(stderr, /^error: .*\n$/);
    assert.ok(status === 24 || status === 71, String(status));
  });
}

test('output of a command that cannot be written is an error', () => {
  const full = fs.openSync('/dev/full', 'w');
  const [program, ...words] = [...commandOf('clsync'), '--help'];
  const { status, stderr } = spawnSync(program, words, {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  fs.closeSync(full);
  assert.equal(
    stderr,
    'error: cannot write to the standard output: no space left on device; send it elsewhere\n',
  );
  assert.equal(status, 13);
});

test(
  'files of an ordinary user work in a directory he cannot list, whatever the umask',
  { ...LIMIT, skip: needsRoot },
  async (scope) => {
    const closed = temporaryDirectory(scope);
    fs.chmodSync(closed, 0o711);
    const base = subdirectory(closed, 'his', ORDINARY_USER);
    for (const name of ['source', 'destination']) subdirectory(base, name, ORDINARY_USER);
    const words = [
      '-H/NULL/',
      '-Mrsyncdirect',
      '-Wsource',
      '-Ddestination',
      '-zpid',
      '--status-file=status',
      '--socket=socket',
      '--lists-dir=lists',
    ];
    const daemon = new Daemon(
      scope,
      ['sh', '-c', 'umask 0777; exec "$@"', 'sh', ...commandOf('clsync'), ...words],
      { cwd: base, user: ORDINARY_USER },
    );
    await daemon.until('the status running', () => read(`${base}/status`) === 'running');
    assert.deepEqual(fs.readdirSync(base).sort(), [
      'destination',
      'lists',
      'pid',
      'socket',
      'source',
      'status',
    ]);
    await daemon.stop();
    assert.deepEqual(fs.readdirSync(base).sort(), ['destination', 'source']);
  },
);

for (const [what, words] of [
  ['a control socket', ['--socket=socket']],
  ['none', []],
] as const) {
  test(
    `a second start is refused and changes no file of the first, with ${what}`,
    LIMIT,
    async (scope) => {
      const base = temporaryDirectory(scope);
      const options = ['-zpid', '--status-file=status', ...words];
      const mirror = new Mirror(scope, { base, cwd: base, options });
      await mirror.daemon.until('the status running', () => read(`${base}/status`) === 'running');
      const before = fs.readdirSync(base);
      const { status, stderr } = run(
        base,
        '-Mrsyncdirect',
        '-Wsource',
        '-Ddestination',
        ...options,
      );
      assert.equal(
        stderr,
        `error: --pid-file: ${base}/pid belongs to another clsync that is running (process ` +
          `${mirror.daemon.pid}): end that one, or name another file\n`,
      );
      assert.equal(status, 16);
      assert.deepEqual(fs.readdirSync(base), before);
      assert.deepEqual(
        [read(`${base}/pid`), read(`${base}/status`)],
        [String(mirror.daemon.pid), 'running'],
      );
      process.kill(mirror.daemon.pid, 'SIGKILL');
      await mirror.daemon.exited;
      const next = new Mirror(scope, { base, cwd: base, options });
      await next.daemon.until(
        'the next one to have the file',
        () => read(`${base}/pid`) === String(next.daemon.pid),
      );
    },
  );
}

test(
  'a start refused for its socket changes no file of the other daemon, with another pid file',
  LIMIT,
  async (scope) => {
    const base = temporaryDirectory(scope);
    const mirror = new Mirror(scope, { base, cwd: base, options: ['--socket=socket'] });
    await mirror.daemon.logged(/initial sync done/);
    fs.writeFileSync(`${base}/pid`, 'of something else');
    const { status, stderr } = run(
      base,
      '-Mrsyncdirect',
      '-Wsource',
      '-Ddestination',
      '-zpid',
      '--socket=socket',
    );
    assert.match(stderr, /another process listens there/);
    assert.equal(status, 13);
    assert.equal(read(`${base}/pid`), 'of something else');
  },
);

test(
  'in a run directory that is removed and made again the files and the socket return',
  LIMIT,
  async (scope) => {
    const directory = `${temporaryDirectory(scope)}/run`;
    fs.mkdirSync(directory);
    const mirror = new Mirror(scope, {
      options: [
        '-z',
        `${directory}/pid`,
        '--status-file',
        `${directory}/status`,
        '--socket',
        `${directory}/socket`,
      ],
    });
    await mirror.daemon.until(
      'the status running',
      () => read(`${directory}/status`) === 'running',
    );
    // The daemon may put a file back before the directory is gone.
    fs.rmSync(directory, { recursive: true, maxRetries: 10 });
    fs.mkdirSync(directory);
    await mirror.daemon.until(
      'the files',
      () =>
        read(`${directory}/pid`) === String(mirror.daemon.pid) &&
        read(`${directory}/status`) === 'running',
    );
    let said = '';
    const answers = (): boolean => {
      const { stdout, stderr } = run('/', 'ctl', `--socket=${directory}/socket`, 'VERSION');
      said = stdout + stderr;
      return stdout === '0.5-release\n';
    };
    await mirror.daemon.until('an answer', answers, { detail: () => said });
    await mirror.daemon.stop();
    assert.deepEqual(fs.readdirSync(directory), []);
  },
);
