/** The log daemon may be slow or stuck: the daemon goes on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { atEnd } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { LogTrial, inBackground } from '../harness/log-trial.js';

const LIMIT = { timeout: DEADLINE };
const needsPerl = fs.existsSync('/usr/bin/perl') ? false : 'needs perl to receive datagrams';

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
async function receiver({ base, scope }: LogTrial): Promise<() => string> {
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
    const trial = new LogTrial(scope);
    const told = await receiver(trial);
    const { status, output, error } = inBackground(trial, [
      ...withLogAt(trial.base),
      ...trial.talkative(40000, '-b', '-Ysyslog'),
    ]);
    assert.deepEqual([status, output, error], [0, '', undefined]);
    await until('a call', () => trial.calls >= 1);
    fs.writeFileSync(trial.base + '/source/second', '');
    await until('the next call', () => trial.calls >= 2);
    fs.writeFileSync(trial.base + '/gate', '');
    await until('all that was not lost', () => /messages were lost here/.test(told()), {
      detail: () => told().slice(-1000),
    });
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
    // The first one: what comes with the lines may be lost among them.
    assert.match(told(), /^<30>.* clsync\[\d+\]: clsync \S+: .*, mode direct, /m);
    await trial.end();
  },
);

test(
  'syslog is stuck: TERM ends the daemon',
  { ...LIMIT, skip: needsMounts() || needsPerl },
  async (scope) => {
    const trial = new LogTrial(scope);
    await receiver(trial);
    assert.equal(
      inBackground(trial, [...withLogAt(trial.base), ...trial.talkative(1, '-b', '-Ysyslog')])
        .status,
      0,
    );
    // More syncs, each with a message, than the socket queues datagrams (net.unix.max_dgram_qlen).
    const most = Number(fs.readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8')) + 5;
    for (let call = 1; call <= Math.min(most, 30); call++) {
      // A file that is made and closed can be two changes, with a call for each.
      await until(`call ${call}`, () => trial.calls >= call, {
        every: 5,
        detail: () => `${trial.calls} calls`,
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
    const trial = new LogTrial(scope);
    let told = '';
    const server = createServer((socket) =>
      socket.setEncoding('utf8').on('data', (text: string) => (told += text)),
    );
    atEnd(scope, () => void server.close());
    await new Promise<void>((resolve) => server.listen(trial.base + '/log', resolve));
    fs.chmodSync(trial.base + '/log', 0o666); // as the system's log has it
    const daemon = new Daemon(scope, [
      ...withLogAt(trial.base),
      ...trial.mirror('-Ysyslog', '--only-initialsync'),
    ]);
    assert.equal((await daemon.exited).code, 0);
    await until(
      'the last message',
      () =>
        /(^|\0)<30>[^\0]*clsync\[\d+\]: watching 1 dir[^\0]*\0/.test(told) &&
        /(^|\0)<30>[^\0]*initial sync done in [^\0]*\0/.test(told),
      { detail: () => told },
    );
  },
);
