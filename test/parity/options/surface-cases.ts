/** Options about messages, files and the control socket. */
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeScript } from '../stage.js';
import { RUNNING, comes } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

async function screen(run: Run): Promise<string> {
  await run.ended();
  return [run.daemon.stdout !== '' && 'stdout', run.daemon.stderr !== '' && 'stderr']
    .filter((name) => name !== false)
    .join(' ');
}

async function socketOf(run: Run): Promise<ReturnType<typeof statSync> | undefined> {
  const path = join(run.base, 'socket');
  // The socket is made before the roles are started.
  await run.called(1);
  return existsSync(path) ? statSync(path) : undefined;
}

const SOCKET = { ...RUNNING, socket: '$base/socket' };

export const SURFACE_CASES: Readonly<Record<string, Case>> = {
  'pid-file': {
    value: '$base/pid',
    beside: RUNNING,
    effect: async (run) => (
      await run.called(1),
      String(run.text('pid') === String(run.daemon.pid))
    ),
    expected: 'true',
  },
  'status-file': {
    value: '$base/status',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      if (run.text('status') === undefined) return 'none';
      await run.daemon.until('the status', () => run.text('status') === 'running');
      return 'running';
    },
    expected: 'running',
  },
  'metrics-file': {
    value: '$base/clsync.prom',
    beside: RUNNING,
    effect: async (run) => {
      const isWritten = (): boolean =>
        run.text('clsync.prom')?.includes('# TYPE clsync_info gauge') === true;
      return String(await comes(run, isWritten));
    },
    expected: 'true',
  },
  'state-dir': {
    value: '$base/state',
    effect: async (run) => {
      await run.ended();
      return run.names('state').sort().join(' ');
    },
    expected: 'marks-0 marks-1 records',
  },
  'dump-dir': {
    value: '$base/dump',
    // A label of its own: without the option the dump is there.
    beside: { ...RUNNING, label: `dump-${process.pid}` },
    effect: async (run) => {
      await run.called(1);
      run.daemon.signal(29);
      const came = await comes(run, () => run.names('dump').includes('instance'));
      await run.daemon.stop();
      rmSync(`/tmp/clsync-dump-dump-${process.pid}`, { recursive: true, force: true });
      return String(came);
    },
    expected: 'true',
  },
  output: { value: 'stdout', effect: screen, expected: 'stdout' },
  debug: {
    value: '3',
    effect: async (run) => (await run.ended(), String(/debug/.test(run.daemon.stderr))),
    expected: 'true',
  },
  'sync-hook': {
    value: '$base/hook',
    prepare: (base) => writeScript(join(base, 'hook'), `tr '\\0' ' ' >>'${base}/writable/told'`),
    effect: async (run) => {
      await run.ended();
      return (run.text('writable/told') ?? 'nothing').trim().split(' ').sort().join(' ');
    },
    expected: '. a b directory directory/c',
  },
  'failure-hook': {
    value: '$base/hook',
    beside: { ...RUNNING, retries: '0' },
    handler: 'exit 3',
    prepare: (base) =>
      writeScript(join(base, 'hook'), `echo $CLSYNC_HEALTH >>'${base}/writable/told'`),
    effect: async (run) => {
      await comes(run, () => run.text('writable/told')?.endsWith('\n') === true);
      return run.text('writable/told')?.trim() ?? 'nothing';
    },
    expected: 'failing',
  },
  'log-file': {
    value: '$base/log',
    effect: async (run) => {
      await run.ended();
      return String(/ info: initial sync done/.test(run.text('log') ?? ''));
    },
    expected: 'true',
  },
  verbose: {
    effect: async (run) => {
      await run.ended();
      return String(/ info: initial sync done/.test(run.daemon.stderr));
    },
    expected: 'true',
  },
  quiet: { effect: screen, expected: '' },
  socket: {
    value: '$base/socket',
    beside: RUNNING,
    effect: async (run) => String((await socketOf(run))?.isSocket()),
    expected: 'true',
  },
  'socket-own': {
    value: '12345',
    beside: SOCKET,
    effect: async (run) => String((await socketOf(run))?.uid),
    expected: '12345',
  },
  'socket-view': {
    value: '12346',
    beside: SOCKET,
    effect: async (run) => {
      const { gid, mode = 0 } = (await socketOf(run)) ?? {};
      return `${gid} ${(Number(mode) & 0o777).toString(8)}`;
    },
    expected: '12346 660',
  },
  'socket-mod': {
    value: '666',
    beside: SOCKET,
    effect: async (run) => (Number((await socketOf(run))?.mode) & 0o777).toString(8),
    expected: '666',
  },
};
