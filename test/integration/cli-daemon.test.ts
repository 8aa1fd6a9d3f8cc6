/** The user's side of a running daemon: files, signals, messages, control socket. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { until } from '../harness/until.js';

interface Running {
  readonly base: string;
  readonly daemon: Daemon;
}

/**
 * Starts a mirror of `base/source` in `base/destination` without delays, in `base`. Resolves once
 * the first sync is done.
 */
async function start(
  scope: TestContext,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  fs.writeFileSync(`${base}/source/first`, '');
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${base}/${name}`, text);
  const options = [
    '-Mrsyncdirect',
    '-Wsource',
    '-Ddestination',
    '-t0',
    '-w0',
    '-H/NULL/',
    ...words,
  ];
  const daemon = new Daemon(scope, [...commandOf('clsync'), ...options], {
    cwd: base,
    environment: { ...process.env, HOME: base, ...environment },
  });
  await daemon.until('the initial sync', () => fs.existsSync(`${base}/destination/first`));
  return { base, daemon };
}

function arrives({ base, daemon }: Running, name: string): Promise<void> {
  return daemon.until(`${name} to arrive`, () => fs.existsSync(`${base}/destination/${name}`));
}

const read = (path: string): string => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');

test('pid and status file, from the start to the end', async (scope) => {
  const { base, daemon } = await start(scope, ['-z', 'pid', '--status-file=status']);
  assert.equal(read(`${base}/pid`), String(daemon.pid));
  await daemon.until('the status running', () => read(`${base}/status`) === 'running');
  await daemon.stop('SIGINT');
  assert.deepEqual(fs.readdirSync(base).sort(), ['destination', 'source']);
});

test('HUP rereads the rules: paths allowed now arrive, paths refused now stay', async (scope) => {
  const running = await start(scope, ['-Rrules'], {}, { rules: '-f\\.o$\n' });
  const { base, daemon } = running;
  fs.writeFileSync(`${base}/source/a.o`, 'a');
  fs.writeFileSync(`${base}/source/a.c`, 'c');
  await arrives(running, 'a.c');
  assert.equal(fs.existsSync(`${base}/destination/a.o`), false);
  fs.writeFileSync(`${base}/rules`, '-f\\.c$');
  daemon.signal('SIGHUP');
  await arrives(running, 'a.o');
  fs.writeFileSync(`${base}/source/a.c`, 'changed');
  fs.writeFileSync(`${base}/source/last`, '');
  await arrives(running, 'last');
  assert.equal(read(`${base}/destination/a.c`), 'c');
});

test('HUP with a bad rule keeps the old ones and says so', async (scope) => {
  const running = await start(scope, ['-Rrules'], {}, { rules: '-f\\.o$\n' });
  fs.writeFileSync(`${running.base}/rules`, '*\n');
  running.daemon.signal('SIGHUP');
  await running.daemon.logged(/rules:1: .*; the rules stay as they were\n/);
  fs.writeFileSync(`${running.base}/source/a.o`, '');
  fs.writeFileSync(`${running.base}/source/last`, '');
  await arrives(running, 'last');
  assert.equal(fs.existsSync(`${running.base}/destination/a.o`), false);
});

test('USR2 syncs everything again', async (scope) => {
  const { base, daemon } = await start(scope, []);
  fs.unlinkSync(`${base}/destination/first`);
  daemon.signal('SIGUSR2');
  await daemon.until('the file to be back', () => fs.existsSync(`${base}/destination/first`));
});

test('signal 29 dumps the inner state into a directory that must be new', async (scope) => {
  const { base, daemon } = await start(scope, ['--dump-dir=dump']);
  await daemon.logged(/initial sync done/);
  daemon.signal(29);
  await daemon.logged(/the inner state was dumped/);
  assert.match(read(`${base}/dump/instance`), /^status == running\n/);
  assert.deepEqual(fs.readdirSync(`${base}/dump/queue`), ['0', '1', '2', '3']);
  assert.match(read(`${base}/dump/watcher`), /^directories \d+$/m);
  assert.equal(read(`${base}/dump/events`), '', 'nothing has changed yet');
  assert.equal(fs.statSync(`${base}/dump`).mode & 0o077, 0);
  daemon.signal(29);
  await daemon.logged(/the dump directory .* exists already/);
  assert.doesNotMatch(daemon.stderr, /a dump is being written/, 'one signal is one dump');
});

test('a dump names all waiting paths, however many', async (scope) => {
  const { base, daemon } = await start(scope, [
    '-t3600',
    '--dump-dir=dump',
    '--status-file=status',
  ]);
  await daemon.until('the status running', () => read(`${base}/status`) === 'running');
  const names = Array.from({ length: 3000 }, (_, index) => `${'long-name-'.repeat(10)}${index}`);
  const dumped = (): string[] =>
    read(`${base}/dump/queue/0`)
      .split('\n')
      .filter((line) => line !== '' && line !== '+1\t');
  await daemon.until('all names to be dumped', async () => {
    // After an overflow of the kernel's queue everything is synced at once, so some of the paths no
    // longer wait.
    const waiting = new Set(dumped());
    for (const name of names)
      if (!waiting.has(`+1\t${name}`)) fs.writeFileSync(`${base}/source/${name}`, '');
    fs.rmSync(`${base}/dump`, { recursive: true, force: true });
    const before = daemon.stderr.length;
    daemon.signal(29);
    await daemon.until('the dump', () =>
      daemon.stderr.includes('the inner state was dumped', before),
    );
    return dumped().length >= names.length;
  });
  assert.deepEqual(dumped().sort(), names.map((name) => `+1\t${name}`).sort());
});

test('a misplaced word is named: start, --check-config, --explain-sandbox', async (scope) => {
  const base = temporaryDirectory(scope);
  subdirectory(base, 'source');
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const run = (...words: string[]) =>
    spawnSync(
      program,
      [...rest, '-H/NULL/', '-Mdirect', '-S/bin/true', '-Wsource', '-d', '3', ...words],
      { cwd: base, encoding: 'utf8', timeout: 30_000 },
    );
  const named = /^warning: "3" is an argument of the handler, not the value of -d: write -d3/m;
  for (const words of [['--only-initialsync'], ['--check-config'], ['--explain-sandbox']])
    assert.match(run(...words).stderr, named);
  const { warnings } = JSON.parse(run('--explain-sandbox=json').stdout) as { warnings: string[] };
  assert.equal(warnings.length, 1);
});

test('signals 10 and 16 are survived', async (scope) => {
  const running = await start(scope, ['--status-file=status']);
  for (const signal of [10, 16]) running.daemon.signal(signal);
  fs.writeFileSync(`${running.base}/source/last`, '');
  await arrives(running, 'last');
});

test('a custom signal puts a configuration block into force', async (scope) => {
  const conf =
    '[default]\nlabel = x\n[loud]\nconfig-block-inherits = default\ndebug = 5\nlabel = y\n';
  const { daemon } = await start(scope, ['-Hconf', '--custom-signals=28:loud'], {}, { conf });
  assert.doesNotMatch(daemon.stderr, /^debug/m);
  daemon.signal(28);
  await daemon.logged(/the options of block \[loud\] are in force/);
  assert.match(daemon.stderr, /block \[loud\]: --label cannot be changed while the daemon runs/);
});

test('-b returns when the tree is watched; the daemon has its own session', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  fs.writeFileSync(`${base}/source/first`, '');
  const words = ['-Mrsyncdirect', '-Wsource', '-Ddestination', '-t0', '-w0', '-zpid', '-b', '-q'];
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  // Not to a pipe: the daemon would keep it open, and spawnSync waits for its end.
  const { status } = spawnSync(program, [...rest, ...words], {
    cwd: base,
    stdio: 'ignore',
    timeout: 30_000,
  });
  assert.equal(status, 0);
  const pid = Number(read(`${base}/pid`));
  scope.after(() => {
    if (fs.existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  });
  assert.equal(
    Number(
      read(`/proc/${pid}/stat`)
        .replace(/^.*\) /, '')
        .split(' ')[3],
    ),
    pid,
    'session',
  );
  fs.writeFileSync(`${base}/source/second`, '');
  await until('the file to arrive', () => fs.existsSync(`${base}/destination/second`));
  process.kill(pid, 'SIGTERM');
  await until('the end', () => !fs.existsSync(`/proc/${pid}`));
});

test('directories and labels may be any bytes, also in the background', async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, destination] = [
    Buffer.from(`${base}/s\xff"\n x`, 'latin1'),
    Buffer.from(`${base}/d\xfe;x`, 'latin1'),
  ];
  fs.mkdirSync(source);
  fs.mkdirSync(destination);
  fs.writeFileSync(Buffer.concat([source, Buffer.from('/first')]), '');
  // Node passes only UTF-8 to child processes, so the shell's printf makes the other bytes.
  const script =
    `exec "$@" -b -q -zpid -Mrsyncdirect -W "$(printf 's\\377"\\n x')" -D "$(printf ` +
    `'d\\376;x')" -l "$(printf '\\377')"`;
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', ...commandOf('clsync')], {
    cwd: base,
    stdio: 'ignore',
    timeout: 30_000,
  });
  assert.equal(status, 0);
  const pid = Number(read(`${base}/pid`));
  await until('the file to arrive', () =>
    fs.existsSync(Buffer.concat([destination, Buffer.from('/first')])),
  );
  process.kill(pid, 'SIGTERM');
  await until('the end', () => !fs.existsSync(`/proc/${pid}`));
});

test('-b reports a failing start and returns its exit status', () => {
  const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
  const { status, stderr } = spawnSync(
    program,
    [...rest, '-b', '-Mrsyncdirect', '-W/nonexistent'],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(stderr, 'error: --watch-dir: /nonexistent does not exist\n');
  assert.equal(status, 2);
});

test('-q and -Y apply to errors after them', () => {
  const run = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    const { stdout, stderr } = spawnSync(program, [...rest, ...words], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return [stdout !== '', stderr !== ''];
  };
  assert.deepEqual(run('--wibble'), [false, true]);
  assert.deepEqual(run('-q', '--wibble'), [false, false]);
  assert.deepEqual(run('--wibble', '-q'), [false, true]);
  assert.deepEqual(run('-Ystdout', '--wibble'), [true, false]);
  assert.deepEqual(run('--wibble', '-Ystdout'), [false, true]);
});

test('--help and --version end with 0, --check-config reports valid options', () => {
  const run = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    return spawnSync(program, [...rest, ...words], { encoding: 'utf8', timeout: 30_000 });
  };
  assert.deepEqual([run('-h').status, run('--version').status], [0, 0]);
  const help = run('--help').stdout.split('\n');
  assert.ok(
    help.every((line) => line.length <= 160),
    'one line an option',
  );
  assert.match(run('-V').stdout, /^clsync \d+\.\d+\.\d+\n$/);
  assert.deepEqual(
    [run('--check-config', '-H/NULL/', '-Mshell', '-S/bin/true', '-W/').status],
    [0],
  );
});

test('the control socket of a running daemon, by clsync ctl', async (scope) => {
  const { base, daemon } = await start(scope, ['--socket=socket', '-lmy label']);
  const ctl = (...words: string[]) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(
      program,
      [...rest, 'ctl', '--socket=socket', ...words],
      { cwd: base, encoding: 'utf8', timeout: 30_000 },
    );
    return { status, stdout, stderr };
  };
  assert.deepEqual(ctl('VERSION'), { status: 0, stdout: '0.5-release\n', stderr: '' });
  assert.match(ctl('info').stdout, /label == "my label"/);
  assert.equal(ctl('DUMP', `${base}/dump`).status, 0);
  assert.match(read(`${base}/dump/instance`), /^status == /);
  assert.deepEqual(ctl('SET', 'delay-collect', 'x'), {
    status: 1,
    stdout: '',
    stderr:
      'error: Rejected command: id == 211; num == 1. Invalid arguments: delay-collect: "x" ' +
      'is not a number\n',
  });
  assert.equal(ctl('FROB').status, 22);
  assert.equal(ctl('DIE').status, 0);
  assert.deepEqual(await daemon.exited, { code: 0, signal: null });
  assert.equal(ctl('VERSION').status, 1);
});

test('set: a longer delay holds the next sync, a shorter one releases it', async (scope) => {
  const running = await start(scope, ['--socket=socket']);
  const { base } = running;
  const set = (option: string, value: string) => {
    const [program, ...rest] = commandOf('clsync') as [string, ...string[]];
    assert.equal(
      spawnSync(program, [...rest, 'ctl', '--socket=socket', 'SET', option, value], {
        cwd: base,
        timeout: 30_000,
      }).status,
      0,
    );
  };
  set('delay-collect', '3600');
  fs.writeFileSync(`${base}/source/late`, '');
  set('dump-dir', `${base}/dump`);
  const isPending = (): boolean => {
    if (read(`${base}/dump/queue/0`).includes('late')) return true;
    fs.rmSync(`${base}/dump`, { recursive: true, force: true });
    running.daemon.signal(29);
    return false;
  };
  await until('the file to be pending', isPending, { every: 300 });
  assert.equal(fs.existsSync(`${base}/destination/late`), false);
  set('delay-collect', '0');
  await arrives(running, 'late');
});

const RECEIVER = `use IO::Socket::UNIX; use Socket; $| = 1; umask 0;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
while (defined($s->recv(my $m, 4096))) { $m =~ s/\\n/ /g; print "$m\\n"; }`;

test(
  'the service manager is told of readiness, status, reloading, the watchdog and the end',
  { skip: fs.existsSync('/usr/bin/perl') ? false : 'needs perl to receive datagrams' },
  async (scope) => {
    const path = `${temporaryDirectory(scope)}/notify`;
    const receiver = spawn('/usr/bin/perl', ['-e', RECEIVER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scope.after(() => void receiver.kill('SIGKILL'));
    let told = '';
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    await until('the receiver', () => told.includes('listening'));
    const { daemon } = await start(
      scope,
      ['-Rrules'],
      { NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' },
      { rules: '' },
    );
    const saying = (pattern: RegExp): Promise<void> =>
      until(`the words ${String(pattern)}`, () => pattern.test(told), { detail: () => told });
    await saying(/^READY=1$/m);
    await saying(/^STATUS=running$/m);
    await saying(/(^WATCHDOG=1$[^]*){2}/m);
    daemon.signal('SIGHUP');
    await saying(/^RELOADING=1 MONOTONIC_USEC=\d+$[^]*^READY=1$/m);
    await daemon.stop();
    await saying(/^STOPPING=1$/m);
  },
);
