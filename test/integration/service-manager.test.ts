/** What a running daemon tells a service manager: sd_notify(3). */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import { startMirror } from '../harness/running-mirror.js';

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
    const { base, daemon } = await startMirror(
      scope,
      ['-Rrules', '-ssocket'],
      { NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' },
      { rules: '' },
    );
    const saying = (pattern: RegExp): Promise<void> =>
      until(`the words ${String(pattern)}`, () => pattern.test(told), { detail: () => told });
    await saying(/^READY=1$/m);
    await saying(/^STATUS=running: 1 directory, 0 pending, /m);
    await saying(/(^WATCHDOG=1$[^]*){2}/m);
    new Ctl(base).order('pause');
    await saying(/^STATUS=running \(paused until clsync ctl resume\): 1 directory/m);
    daemon.signal('SIGHUP');
    await saying(/^RELOADING=1 MONOTONIC_USEC=\d+$[^]*^READY=1$/m);
    await daemon.stop();
    await saying(/^STOPPING=1$/m);
  },
);
