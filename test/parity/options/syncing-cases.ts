/** Options about what is watched, when it is synced, and when the daemon ends. */
import { chmodSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../harness/mounts.js';
import { needsMounts } from '../../harness/offers.js';
import type { Scope } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';
import { writeScript } from '../stage.js';
import {
  ACCEPTED,
  RUNNING,
  callsAtEnd,
  comes,
  firstCalled,
  namesOf,
  statusAndCalls,
} from './case.js';
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

/** The seconds of `--delay-sync`: much longer than an immediate sync takes. */
const SPACING = 5;

/**
 * Whether a change is synced at least this long after the sync before; the calls themselves may be
 * late.
 */
async function changeIsSpaced(run: Run): Promise<string> {
  await run.called(1);
  run.write('b', 'changed');
  await run.called(2);
  const [first = 0, second = 0] = (run.text('writable/began') ?? '').split('\n').map(Number);
  return second - first >= SPACING * 500 ? 'spaced' : 'at once';
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

const DIRECT = '. a b directory directory/c';
const sorted = async (run: Run): Promise<string> => {
  const [call = ''] = (await callsAtEnd(run)).split('; ');
  return namesOf(call);
};

export const SYNCING_CASES: Readonly<Record<string, Case>> = {
  'watch-dir': { value: '$base/source', effect: sorted, expected: DIRECT },
  'destination-dir': {
    value: '$base/destination',
    effect: async (run) => String((await callsAtEnd(run)).endsWith(' /destination/')),
    expected: 'true',
  },
  mode: {
    value: 'simple',
    effect: async (run) =>
      String((await callsAtEnd(run)).startsWith('sync nolabel 1073742080 /source')),
    expected: 'true',
  },
  'sync-handler': {
    value: '$base/other',
    prepare: (base) => writeScript(join(base, 'other'), `echo other >>'${base}/writable/calls'`),
    effect: callsAtEnd,
    expected: 'other',
  },
  'rules-file': {
    value: '$base/rules',
    prepare: (base) => writeFileSync(join(base, 'rules'), '-f^b$\n-d^directory$'),
    effect: sorted,
    expected: '. a',
  },
  label: { value: 'mine', words: ['%label%'], effect: callsAtEnd, expected: 'mine' },
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
  'full-initialsync': {
    beside: { 'rules-file': '$base/rules' },
    prepare: (base) => writeFileSync(join(base, 'rules'), '-f^b$\n'),
    effect: sorted,
    expected: DIRECT,
  },
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
  monitor: { value: 'inotify', effect: sorted, expected: DIRECT, isDefault: true },
  'one-file-system': {
    beside: RUNNING,
    needs: needsMounts,
    prepare: mountBelow,
    effect: mountIsSynced,
    expected: 'without',
  },
  'exclude-mount-points': {
    beside: RUNNING,
    needs: needsMounts,
    prepare: mountBelow,
    effect: mountIsSynced,
    expected: 'without',
  },
  'modification-signature': {
    value: 'mtime',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      // The first event of a path is always synced; after it, only changes of the signature are.
      const { atime, mtime } = statSync(join(run.source, 'a'));
      utimesSync(join(run.source, 'a'), atime, mtime);
      await run.called(2);
      const words = await firstCalled(run, ['a', 'b'], () => {
        chmodSync(join(run.source, 'a'), 0o600);
        run.write('b', 'changed');
      });
      return words.includes('a') ? 'synced' : 'taken for no change';
    },
    expected: 'taken for no change',
  },
  'cancel-syscalls': {
    value: 'mon_stat',
    beside: { ...BY_SIZE, 'delay-collect-bigfile': LATE },
    effect: grownIsSynced,
    expected: 'soon',
  },
  'have-recursive-sync': { effect: callsAtEnd, expected: '/source /destination/' },
  'rsync-inclimit': {
    value: '3',
    beside: { mode: 'rsyncshell', 'rsync-prefer-include': '1' },
    effect: async (run) => (await callsAtEnd(run), String(run.calls().length > 1)),
    expected: 'true',
  },
  'rsync-prefer-include': {
    beside: { mode: 'rsyncshell' },
    effect: async (run) => String((await callsAtEnd(run)).split(' ').length),
    expected: '3',
  },
  'synclist-simplify': {
    beside: { mode: 'shell', 'lists-dir': '$base/lists' },
    handler: `cat "$3" >>'$base/writable/content'`,
    effect: async (run) => {
      await run.ended();
      return (run.text('writable/content') ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .sort()
        .join(' ');
    },
    expected: 'a b directory directory/c',
  },
  'lists-dir': {
    value: '$base/lists',
    beside: { mode: 'shell' },
    effect: async (run) => String((await callsAtEnd(run)).startsWith('synclist nolabel /lists/')),
    expected: 'true',
  },
  'dont-unlink-lists': {
    beside: { mode: 'shell', 'lists-dir': '$base/lists' },
    prepare: (base) => mkdirSync(join(base, 'lists'), { mode: 0o700 }),
    effect: async (run) => (await run.ended(), run.names('lists').length > 0 ? 'kept' : 'removed'),
    expected: 'kept',
  },
  'pre-exit-hook': hook('pre-exit-hook'),
  'exit-hook': hook('exit-hook'),
  'fts-experimental-optimization': ACCEPTED,
};

/** Mounts a file system with one file in the source. */
function mountBelow(base: string, scope: Scope): void {
  const point = join(base, 'source/mounted');
  mountAt(scope, ['-t', 'tmpfs', 'tmpfs'], point);
  writeFileSync(join(point, 'inside'), '');
}

async function mountIsSynced(run: Run): Promise<string> {
  await run.called(1);
  return run.calls().some((call) => call.includes('mounted/inside')) ? 'with the mount' : 'without';
}

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
