/**
 * The reader of the messages may be slow, stuck or gone: the daemon goes on. In the background it
 * closes the descriptors that others wait on.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts, needsNamespaces } from '../harness/offers.js';
import { commandOf, mirrorOptions } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import { isRoot } from '../harness/user.js';

const LIMIT = { timeout: 60_000 };
const needsPerl = fs.existsSync('/usr/bin/perl') ? false : 'needs perl to receive datagrams';

class Trial {
  readonly base: string;

  constructor(readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(this.base + '/source/first', '');
  }

  /** Arguments for a mirror. */
  mirror(...options: readonly string[]): readonly string[] {
    const { base, scope } = this;
    return [
      ...commandOf('clsync'),
      ...mirrorOptions(scope, 'clsync', {
        source: base + '/source',
        destination: base + '/copy',
        options: ['-H/NULL/', '-z', base + '/pid', ...options],
      }),
    ];
  }

  /** Arguments for a daemon whose handler prints `lines` lines and then reports that it has. */
  talkative(lines: number, ...options: readonly string[]): readonly string[] {
    const { base } = this;
    fs.writeFileSync(
      base + '/handler',
      `#!/bin/sh\nseq -f 'line %.0f' ${lines}\necho told >/dev/stderr\necho x ` +
        `>>${base}/copy/calls\n`,
      { mode: 0o755 },
    );
    return [
      ...commandOf('clsync'),
      '-H/NULL/',
      '-Mdirect',
      '-t0',
      '-w0',
      '-S',
      base + '/handler',
      '-W',
      base + '/source',
      '-D',
      base + '/copy',
      '-z',
      base + '/pid',
      ...options,
      '--',
      'x',
    ];
  }

  has(path: string): boolean {
    return fs.existsSync(this.base + path);
  }

  read(path: string): string {
    return this.has(path) ? fs.readFileSync(this.base + path, 'utf8') : '';
  }

  /** Ends the daemon in the background, and waits for its end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const pid = this.pid();
    assert.ok(pid !== undefined, 'it runs');
    process.kill(pid, signal);
    await until('the end of the daemon', () => this.pid() === undefined);
  }

  /** The pid of the daemon in the background. */
  pid(): number | undefined {
    const text = this.read('/pid');
    return text !== '' && fs.existsSync(`/proc/${text}`) ? Number(text) : undefined;
  }

  kill(): void {
    const pid = this.pid();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

/**
 * Runs the command in the background and waits until no process holds its output. Kills leftover
 * processes at the end of the test.
 */
function inBackground(
  trial: Trial,
  words: readonly string[],
): { readonly status: number | null; readonly output: string; readonly error: unknown } {
  atEnd(trial.scope, () => trial.kill());
  const { status, stdout, stderr, error } = spawnSync(words[0] as string, words.slice(1), {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, output: stdout + stderr, error };
}

test('-b with the log elsewhere keeps neither stdout nor stderr', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  assert.deepEqual(inBackground(trial, trial.mirror('-b', '-Ysyslog', '-q')), {
    status: 0,
    output: '',
    error: undefined,
  });
  await trial.end();
});

// Without a view, a handler that writes to /dev/stderr truncates the file of the log.
test(
  '-b with the log on stderr keeps only stderr, also for handlers; it cannot change to stdout ' +
    'later',
  { ...LIMIT, skip: isRoot && needsNamespaces() },
  async (scope) => {
    const trial = new Trial(scope);
    const socket = trial.base + '/socket';
    const script = `out=$("$@" 2>${trial.base}/log) && echo "status $?, $out"`;
    const command = [
      '/bin/sh',
      '-c',
      script,
      'sh',
      ...trial.talkative(1, '-b', `--socket=${socket}`),
    ];
    atEnd(scope, () => trial.kill());
    assert.equal(
      execFileSync(command[0] as string, command.slice(1), { encoding: 'utf8', timeout: 20_000 }),
      'status 0, \n',
    );
    await until('the handler', () => /^line 1\n/m.test(trial.read('/log')));
    // Only root may inspect a sealed process.
    if (isRoot)
      assert.deepEqual(
        [0, 1].map((fd) => fs.readlinkSync(`/proc/${trial.pid()}/fd/${fd}`)),
        ['/dev/null', '/dev/null'],
      );
    const [program, ...words] = commandOf('clsync') as [string, ...string[]];
    const { status, stderr } = spawnSync(
      program,
      [...words, 'ctl', '--socket', socket, 'SET', 'output', 'stdout'],
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(status, 1);
    assert.match(stderr, /let stdout go/);
    await trial.end();
  },
);

/** Runs a command with its own /dev, where `log` leads to `base/log`. */
function withLogAt(base: string): readonly string[] {
  const script =
    `mkdir ${base}/dev && mount -t tmpfs none ${base}/dev && cd /dev && cp -a null zero ` +
    `full random urandom ${base}/dev && ` +
    `ln -s /proc/self/fd ${base}/dev/fd && ln -s fd/2 ${base}/dev/stderr && ln -s ` +
    `${base}/log ${base}/dev/log && cd / && mount --move ${base}/dev /dev && exec "$@"`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'];
}

const RECEIVER = `use IO::Socket::UNIX; use Socket; $| = 1; umask 0; my ($path, $gate) = @ARGV;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die; print "listening\\n";
select undef, undef, undef, 0.05 until -e $gate;
while (defined($s->recv(my $m, 65536))) { print "$m\\n"; }`;

/** Listens at `base/log`, and reads nothing until `base/gate` exists. */
async function receiver({ base, scope }: Trial): Promise<() => string> {
  const child = spawn('/usr/bin/perl', ['-e', RECEIVER, base + '/log', base + '/gate'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(scope, () => void child.kill('SIGKILL'));
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  await until('the receiver', () => told.includes('listening'));
  return () => told;
}

test(
  'syslog is stuck: syncs go on; when it flows again, what handlers printed is there, and ' +
    'how much was lost',
  { ...LIMIT, skip: needsMounts() || needsPerl },
  async (scope) => {
    const trial = new Trial(scope);
    const told = await receiver(trial);
    const { status, output, error } = inBackground(trial, [
      ...withLogAt(trial.base),
      ...trial.talkative(40000, '-b', '-Ysyslog'),
    ]);
    assert.deepEqual([status, output, error], [0, '', undefined]);
    await until('a call', () => trial.read('/copy/calls') === 'x\n');
    fs.writeFileSync(trial.base + '/source/second', '');
    await until('the next call', () => trial.read('/copy/calls') === 'x\nx\n');
    fs.writeFileSync(trial.base + '/gate', '');
    await until('all that was not lost', () => /messages were lost here/.test(told()));
    const lines = told()
      .split('\n')
      .filter((line) => / clsync\[\d+\]: handler: line \d+$/.test(line))
      .map((line) => Number(line.split(' ').at(-1)));
    assert.deepEqual(
      lines.slice(0, 100),
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    assert.match(
      told(),
      /^<28>\w{3} [ \d]\d \d\d:\d\d:\d\d clsync\[\d+\]: \d+ messages were lost here/m,
    );
    assert.match(told(), /^<30>.* clsync\[\d+\]: watching 1 directory/m);
    await trial.end();
  },
);

test(
  'syslog is stuck: TERM ends the daemon',
  { ...LIMIT, skip: needsMounts() || needsPerl },
  async (scope) => {
    const trial = new Trial(scope);
    await receiver(trial);
    assert.equal(
      inBackground(trial, [...withLogAt(trial.base), ...trial.talkative(1, '-b', '-Ysyslog')])
        .status,
      0,
    );
    // More syncs, each with a message, than the socket queues datagrams (net.unix.max_dgram_qlen).
    const most = Number(fs.readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8')) + 5;
    for (let call = 1; call <= Math.min(most, 30); call++) {
      await until(`call ${call}`, () => trial.read('/copy/calls').length === 2 * call, {
        every: 5,
      });
      fs.writeFileSync(`${trial.base}/source/${call}`, '');
    }
    await trial.end();
  },
);

test(
  'syslog with a stream socket gets the messages too',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const trial = new Trial(scope);
    let told = '';
    const server = createServer((socket) =>
      socket.setEncoding('utf8').on('data', (text: string) => (told += text)),
    );
    atEnd(scope, () => void server.close());
    await new Promise<void>((resolve) => server.listen(trial.base + '/log', resolve));
    const daemon = new Daemon(scope, [
      ...withLogAt(trial.base),
      ...trial.mirror('-Ysyslog', '--only-initialsync'),
    ]);
    assert.equal((await daemon.exited).code, 0);
    await until(
      'the last message',
      () =>
        /^<30>[^\0]*clsync\[\d+\]: watching 1 dir[^\0]*\0[^]*initial sync done in [^\0]*\0$/.test(
          told,
        ),
      { detail: () => told },
    );
  },
);

/** Writes until the descriptor takes no more. */
function fill(descriptor: number): void {
  try {
    for (;;) fs.writeSync(descriptor, '.'.repeat(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
}

function readAll(descriptor: number): string {
  const chunk = Buffer.alloc(65536);
  let text = '';
  try {
    for (let length; (length = fs.readSync(descriptor, chunk)) > 0;)
      text += chunk.toString('latin1', 0, length);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
  return text;
}

test(
  'stderr is a pipe that nobody reads: syncs go on, TERM ends it; who reads again misses nothing',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const path = trial.base + '/pipe';
    execFileSync('mkfifo', [path]);
    const { O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
    const [reader, writer] = [
      fs.openSync(path, O_RDONLY | O_NONBLOCK),
      fs.openSync(path, O_WRONLY | O_NONBLOCK),
    ];
    atEnd(scope, () => [reader, writer].forEach((descriptor) => fs.closeSync(descriptor)));
    fill(writer);
    const daemon = new Daemon(scope, [
      '/bin/sh',
      '-c',
      `exec "$@" 2>${path}`,
      'sh',
      ...trial.mirror(),
    ]);
    await daemon.until('the first file', () => trial.has('/copy/first'));
    fs.writeFileSync(trial.base + '/source/second', '');
    await daemon.until('the second', () => trial.has('/copy/second'));
    // The flags of the pipe stay as they were: handlers and others that share it can wait for the
    // reader as before.
    const flags = isRoot
      ? /^flags:\t(\d+)$/m.exec(fs.readFileSync(`/proc/${daemon.pid}/fdinfo/2`, 'latin1'))?.[1]
      : '0';
    assert.equal(parseInt(flags ?? '', 8) & O_NONBLOCK, 0);
    let text = '';
    await daemon.until(
      'the messages',
      () =>
        /watching 1 directory[^]*initial sync done[^]*synced 1 path/.test(
          (text += readAll(reader)),
        ),
      { detail: () => text.slice(-1000) },
    );
    fill(writer);
    fs.writeFileSync(trial.base + '/source/third', '');
    await daemon.until('the third', () => trial.has('/copy/third'));
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
  },
);

test(
  'the disk of the log is full: syncs go on, and the messages are written once there is room',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const trial = new Trial(scope);
    const disk = subdirectory(trial.base, 'disk');
    const script =
      `mount -t tmpfs -o size=16k none ${disk} && { dd if=/dev/zero of=${disk}/filler bs=4k ` +
      `2>/dev/null; exec "$@" 2>${disk}/log; }`;
    const daemon = new Daemon(scope, [
      'unshare',
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      ...trial.mirror(),
    ]);
    await daemon.until('the first file', () => trial.has('/copy/first'));
    fs.writeFileSync(trial.base + '/source/second', '');
    await daemon.until('the second', () => trial.has('/copy/second'));
    const inside = `/proc/${daemon.pid}/root${disk}`;
    assert.equal(fs.readFileSync(inside + '/log', 'utf8'), '');
    fs.unlinkSync(inside + '/filler');
    await daemon.until('the messages', () =>
      /^watching 1 directory[^]*initial sync done/m.test(fs.readFileSync(inside + '/log', 'utf8')),
    );
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
  },
);
