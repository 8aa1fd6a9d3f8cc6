/** Options that say when something is synced, how often it is tried, and when the daemon ends. */
import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../harness/mounts.js';
import type { Mounted } from '../../harness/mounts.js';
import { needsMounts } from '../../harness/offers.js';
import { until } from '../../harness/until.js';
import { writeScript } from '../stage.js';
import { RUNNING, comes, firstCalled, statusAndCalls } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

/** A delay in seconds, so long that no test waits for its end. */
const LATE = '100';

/**
 * Small and large files have separate delays: when one kind is synced, the other must still wait.
 */
const BY_SIZE = { ...RUNNING, 'threshold-bigfile': '10' } as const;

/** Whether a small file is synced together with or before a large file that is changed after it. */
async function smallIsSynced(run: Run): Promise<string> {
  await run.called(1);
  const words = await firstCalled(run, ['b', 'a'], () => {
    run.write('b', 'small');
    run.append('a', 'longer than before');
  });
  return words.includes('b') ? 'soon' : 'later';
}

/**
 * Whether a file that has grown is synced together with or before a small file written after it.
 * The test appends to the file: a file that is rewritten is empty for a moment, and a watcher that
 * looks then takes it for a small one.
 */
async function grownIsSynced(run: Run): Promise<string> {
  await run.called(1);
  const words = await firstCalled(run, ['a', 'small'], () => {
    run.append('a', 'longer than before');
    run.write('small');
  });
  return words.includes('a') ? 'soon' : 'later';
}

/** Makes the files that a run begins with so old that they have settled. */
function aged(base: string): void {
  for (const name of ['a', 'b', 'directory/c'])
    utimesSync(join(base, 'source', name), new Date(0), new Date(0));
}

/** By the directory of the run. */
const unmounts = new Map<string, Mounted>();

/** Whether a deletion is held, or the handler is told of it. */
async function deletionIs(run: Run): Promise<string> {
  await run.called(1);
  rmSync(join(run.source, 'a'));
  const isTold = (): boolean => run.calls().length > 1;
  const isHeld = (): boolean => /deletions are held/.test(run.daemon.stderr);
  await run.daemon.until('the deletion', () => isTold() || isHeld());
  return isHeld() ? 'held' : 'told';
}

/** The seconds of `--delay-sync`: much longer than an immediate sync takes. */
const SPACING = 5;

/** How many changes may be late on a slow machine, without a delay. */
const LATE_ONES = 10;

/**
 * Whether a change is synced at least this long after the sync before; the calls themselves may be
 * late.
 */
async function changeIsSpaced(run: Run): Promise<string> {
  const most = run.isGiven ? 1 : LATE_ONES;
  for (let change = 1; change <= most; change++) {
    await run.called(change);
    run.write('b', `change ${change}`);
    await run.called(change + 1);
    const began = (run.text('writable/began') ?? '').trim().split('\n').map(Number);
    const [first = 0, second = 0] = began.slice(change - 1);
    if (second - first < SPACING * 500) return 'at once';
  }
  return 'spaced';
}

async function initialIsSynced(run: Run): Promise<string> {
  run.write('later');
  await run.daemon.logged(/watching/);
  run.write('new');
  await run.daemon.until('a call', () => run.calls().some((call) => call.includes('new')));
  return run.calls().some((call) => call.includes('directory/c')) ? 'everything' : 'changes only';
}

/** Whether the daemon ends after its initial sync, or still syncs changes. */
async function endsByItself(run: Run): Promise<string> {
  await run.called(1);
  if (await comes(run, () => run.daemon.exit !== undefined))
    return `ends with ${run.daemon.exit?.code}`;
  return syncsOn(run);
}

/** The same for a daemon that is to run on. */
async function syncsOn(run: Run): Promise<string> {
  const before = run.calls().length;
  run.write('afterwards');
  await until(
    'the end, or another call',
    () => run.daemon.exit !== undefined || run.calls().length > before,
  );
  return run.daemon.exit === undefined ? 'runs on' : `ends with ${run.daemon.exit.code}`;
}

export const SCHEDULE_CASES: Readonly<Record<string, Case>> = {
  'delay-collect': {
    value: LATE,
    otherwise: '0',
    beside: BY_SIZE,
    effect: smallIsSynced,
    expected: 'later',
  },
  'delay-collect-bigfile': {
    value: LATE,
    otherwise: '0',
    beside: BY_SIZE,
    effect: grownIsSynced,
    expected: 'later',
  },
  'threshold-bigfile': {
    value: '10',
    beside: { ...RUNNING, 'delay-collect-bigfile': LATE },
    effect: grownIsSynced,
    expected: 'later',
  },
  'delay-sync': {
    value: String(SPACING),
    otherwise: '0',
    beside: RUNNING,
    handler: "date +%s%3N >>'$base/writable/began'",
    effect: changeIsSpaced,
    expected: 'spaced',
  },
  settle: {
    value: LATE,
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      const words = await firstCalled(run, ['written', 'made'], () => {
        run.write('written');
        symlinkSync('anything', join(run.source, 'made'));
      });
      return words.includes('written') ? 'soon' : 'later';
    },
    prepare: aged,
    expected: 'later',
  },
  'settle-limit': {
    value: '3',
    beside: { ...RUNNING, settle: '3' },
    prepare: aged,
    effect: async (run) => {
      await run.called(1);
      // It never settles: it is written whenever the test looks for the call.
      const isSynced = (): boolean => (
        run.write('written'),
        run.calls().some((call) => call.split(' ').includes('written'))
      );
      return (await comes(run, isSynced)) ? 'synced' : 'waits';
    },
    expected: 'synced',
  },
  'timeout-sync': {
    value: '0.3',
    handler: 'sleep 2',
    effect: async (run) => String((await run.ended()) !== '0'),
    expected: 'true',
  },
  threading: {
    value: 'full',
    beside: RUNNING,
    handler:
      `case "$*" in *slow*) >'$base/writable/began'; ` +
      `until [ -e '$base/writable/go' ]; do sleep 0.1; done;; esac`,
    effect: async (run) => {
      await run.called(1);
      run.write('slow');
      await run.daemon.until('the slow call', () => run.text('writable/began') !== undefined);
      const before = run.calls().length;
      run.write('b', 'changed');
      const soon = await comes(run, () => run.calls().length > before);
      writeFileSync(join(run.base, 'writable/go'), '');
      return soon ? 'soon' : 'later';
    },
    expected: 'soon',
  },
  'standby-file': {
    value: '$base/standby',
    beside: { ...RUNNING, 'status-file': '$base/status' },
    prepare: (base) => writeFileSync(join(base, 'standby'), ''),
    effect: async (run) => {
      await run.daemon.until('a status', () =>
        ['hold on', 'running'].includes(run.text('status') ?? ''),
      );
      const held = run.text('status') === 'hold on' && run.calls().length === 0;
      rmSync(join(run.base, 'standby'));
      await run.called(1);
      return held ? 'held, then synced' : 'synced';
    },
    expected: 'held, then synced',
  },
  'skip-initialsync': { beside: RUNNING, effect: initialIsSynced, expected: 'changes only' },
  'only-initialsync': { effect: endsByItself, expected: 'ends with 0' },
  'exit-on-no-events': { beside: RUNNING, effect: endsByItself, expected: 'ends with 0' },
  'max-iterations': { value: '1', beside: RUNNING, effect: endsByItself, expected: 'ends with 0' },
  'sync-on-quit': {
    beside: { ...BY_SIZE, 'delay-collect': LATE },
    effect: async (run) => {
      await run.called(1);
      await firstCalled(run, ['a'], () => {
        run.write('pending');
        run.append('a', 'longer than before');
      });
      await run.daemon.stop('SIGQUIT');
      return run.calls().some((call) => call.includes('pending')) ? 'synced' : 'lost';
    },
    expected: 'synced',
  },
  retries: {
    value: '3',
    handler: "echo try >>'$base/writable/calls'; exit 5",
    effect: statusAndCalls,
    expected: '5 after 3',
  },
  'ignore-failures': {
    beside: RUNNING,
    handler: "echo try >>'$base/writable/calls'; exit 5",
    effect: async (run) => (await run.called(1), syncsOn(run)),
    expected: 'runs on',
  },
  'ignore-exitcode': {
    value: '3,5',
    handler: "echo try >>'$base/writable/calls'; exit 5",
    effect: statusAndCalls,
    expected: '0 after 1',
  },
  'exit-code-policy': {
    value: '3=fatal,5=done',
    handler: "echo try >>'$base/writable/calls'; exit 5",
    effect: statusAndCalls,
    expected: '0 after 1',
  },
  'max-delete': { value: '0', beside: RUNNING, effect: deletionIs, expected: 'held' },
  'require-file': { value: 'missing', beside: RUNNING, effect: deletionIs, expected: 'held' },
  'destination-may-change': {
    beside: RUNNING,
    needs: needsMounts,
    prepare: (base, scope) =>
      unmounts.set(base, mountAt(scope, ['-t', 'tmpfs', 'none'], join(base, 'destination'))),
    effect: async (run) => {
      await run.called(1);
      unmounts.get(run.base)?.unmount();
      const isFilled = (): boolean => run.calls().length > 1;
      await run.daemon.until(
        'the end of the mount',
        () => isFilled() || /everything waits/.test(run.daemon.stderr),
      );
      return isFilled() ? 'filled' : 'waits';
    },
    expected: 'filled',
  },
  'exit-on-sync-skip': {
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      const watcher = run.daemon.find(/\/watcher\/main\.js/);
      if (watcher === undefined) throw new Error('no watcher');
      process.kill(watcher.pid, 'SIGSTOP');
      // More events than the kernel queues (fs.inotify.max_queued_events): each file has three, and
      // equal neighbours are merged.
      for (let i = 0; i < 9000; i++) run.write('file' + i, '');
      process.kill(watcher.pid, 'SIGCONT');
      return (await comes(run, () => run.daemon.exit !== undefined)) ? 'ends' : 'runs on';
    },
    expected: 'ends',
  },
  'cancel-syscalls': {
    value: 'mon_stat',
    beside: { ...BY_SIZE, 'delay-collect-bigfile': LATE },
    effect: grownIsSynced,
    expected: 'soon',
  },
  'pre-exit-hook': hook('pre-exit-hook'),
  'exit-hook': hook('exit-hook'),
};

function hook(name: string): Case {
  return {
    value: '$base/hook',
    prepare: (base) => writeScript(join(base, 'hook'), `echo "$@" >>'${base}/writable/hooked'`),
    effect: async (run) => (
      await run.ended(),
      (run.text('writable/hooked') ?? `no ${name}`).trim()
    ),
    expected: 'nolabel',
    beside: { 'only-initialsync': undefined, 'exit-on-no-events': '1' },
  };
}
