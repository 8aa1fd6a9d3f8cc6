/** Where stderr is the journal, messages are entries with fields: at a socket that stands for it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { LogTrial } from '../harness/log-trial.js';
import { needsMounts } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { atEnd } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';

const needsPerl = fs.existsSync('/usr/bin/perl') ? false : 'needs perl to receive datagrams';
const RECEIVER = `use IO::Socket::UNIX; use Socket; $| = 1; umask 0;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
while (defined($s->recv(my $m, 65536))) { print "$m\\n"; }`;

interface Journal {
  /** A directory that stands for /run. */
  readonly run: string;
  /** The entries, each with its fields. */
  entries(): readonly ReadonlyMap<string, string>[];
}

async function journal(scope: TestContext, base: string): Promise<Journal> {
  const run = `${base}/run`;
  fs.mkdirSync(`${run}/systemd/journal`, { recursive: true });
  const child = spawn('/usr/bin/perl', ['-e', RECEIVER, `${run}/systemd/journal/socket`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(scope, () => void child.kill('SIGKILL'));
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  await until('the receiver', () => told.includes('listening'));
  const entries = (): readonly ReadonlyMap<string, string>[] =>
    told
      .replace('listening\n', '')
      .split('\n\n')
      .filter((entry) => entry !== '')
      .map(
        (entry) =>
          new Map(entry.split('\n').map((field) => field.split(/=(.*)/) as [string, string])),
      );
  return { run, entries };
}

/** As systemd starts it: stdout and stderr are a stream to the journal, and it says which. */
const AS_SERVICE = [
  ...['sh', '-c', 'exec 2>&1; JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr) exec "$@"', 'sh'],
];

test(
  'on the journal each message has its priority, the instance and what it is about; so has what a ' +
    'handler prints',
  { skip: needsMounts() || needsPerl, timeout: DEADLINE },
  async (scope) => {
    const trial = new LogTrial(scope);
    const { run, entries } = await journal(scope, trial.base);
    const words = [...AS_SERVICE, ...trial.talkative(2, '-lwww', '--ignore-failures')];
    // The second call fails.
    fs.appendFileSync(
      `${trial.base}/handler`,
      `[ "$(wc -l <${trial.base}/copy/calls)" -lt 2 ] || exit 7\n`,
    );
    const daemon = new Daemon(scope, elsewhere({ '/run': run }, words));
    const has = (fields: Readonly<Record<string, string>>): Promise<void> =>
      until(
        JSON.stringify(fields),
        () =>
          entries().some((entry) =>
            Object.entries(fields).every(([name, value]) => entry.get(name)?.startsWith(value)),
          ),
        { detail: () => JSON.stringify(entries().map((entry) => [...entry])) + daemon.stdout },
      );
    await has({ MESSAGE: 'clsync ', PRIORITY: '6', CLSYNC_EVENT: 'started' });
    await has({ MESSAGE: 'initial sync done', CLSYNC_EVENT: 'synced', CLSYNC_LEVEL: 'info' });
    await has({ MESSAGE: 'line 2', PRIORITY: '5', CLSYNC_EVENT: 'printed' });
    await has({ MESSAGE: 'handler: told', PRIORITY: '5', CLSYNC_EVENT: 'printed' });
    fs.writeFileSync(`${trial.base}/source/second`, '');
    await has({ MESSAGE: 'the sync of 1 path failed', PRIORITY: '3', CLSYNC_EVENT: 'failed' });
    await daemon.stop();
    await has({ MESSAGE: 'ended with status 0', CLSYNC_EVENT: 'ended' });
    for (const entry of entries())
      assert.deepEqual(
        [entry.get('CLSYNC_INSTANCE'), entry.get('SYSLOG_IDENTIFIER')],
        ['www', 'clsync'],
      );
    assert.equal(daemon.stdout, '');
  },
);

test(
  'where only the stream of the journal can be had, messages go there without a time',
  { skip: needsMounts(), timeout: DEADLINE },
  async (scope) => {
    const trial = new LogTrial(scope);
    fs.mkdirSync(`${trial.base}/run`);
    const words = [...AS_SERVICE, ...trial.mirror('-lwww', '--only-initialsync')];
    const daemon = new Daemon(scope, elsewhere({ '/run': `${trial.base}/run` }, words));
    assert.equal((await daemon.exited).code, 0);
    assert.match(daemon.stdout, /^initial sync done in /m);
  },
);
