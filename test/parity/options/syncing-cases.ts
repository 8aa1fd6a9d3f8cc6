/** Options that say what is watched, when it is synced, and when the daemon ends. */
import { chmodSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountAt } from '../../harness/mounts.js';
import { needsMounts } from '../../harness/offers.js';
import type { Scope } from '../../harness/temporary.js';
import { writeScript } from '../stage.js';
import { RUNNING, callsAtEnd, statusAndCalls } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

/** Shorter than every delay given below, and much longer than a sync at once takes. */
const SOON = 1200;

/** Whether a change is synced at once or later. */
async function changeIsSynced(run: Run): Promise<string> {
  await run.called(1);
  run.write('a', 'longer than before');
  const before = run.calls().length;
  for (let waited = 0; waited < SOON && run.calls().length === before; waited += 50)
    await sleep(50);
  return run.calls().length > before ? 'soon' : 'later';
}

/**
 * Whether a file that has grown is synced with or before a small one written after it. It is
 * appended to: one written anew is empty for a moment, which is small, and a watcher that looks
 * just then has it synced at once.
 */
async function grownIsSynced(run: Run): Promise<string> {
  await run.called(1);
  const before = run.calls().length;
  run.append('a', 'longer than before');
  run.write('small');
  const words = (): string[] =>
    run
      .calls()
      .slice(before)
      .flatMap((call) => call.split(' '));
  await run.daemon.until('a call', () => words().some((word) => word === 'a' || word === 'small'));
  return words().includes('a') ? 'soon' : 'later';
}

/** Two changes, the second after the first was synced: is the second synced at once? */
async function secondChangeIsSynced(run: Run): Promise<string> {
  await run.called(1);
  run.write('b', 'first');
  await sleep(300);
  return changeIsSynced(run);
}

async function initialIsSynced(run: Run): Promise<string> {
  run.write('later');
  await run.daemon.logged(/watching/);
  run.write('new');
  await run.daemon.until('a call', () => run.calls().some((call) => call.includes('new')));
  return run.calls().some((call) => call.includes('directory/c')) ? 'everything' : 'changes only';
}

/** Whether the daemon has ended by itself a while after its initial sync. */
async function endsByItself(run: Run): Promise<string> {
  await run.called(1);
  for (let waited = 0; waited < SOON && run.daemon.exit === undefined; waited += 50)
    await sleep(50);
  return run.daemon.exit === undefined ? 'runs on' : `ends with ${run.daemon.exit.code}`;
}

const DIRECT = '. a b directory directory/c';
const sorted = async (run: Run): Promise<string> => {
  const [call = ''] = (await callsAtEnd(run)).split('; ');
  return call
    .split(' ')
    .filter((word) => !word.startsWith('/'))
    .sort()
    .join(' ');
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
    value: '5',
    otherwise: '0',
    beside: RUNNING,
    effect: changeIsSynced,
    expected: 'later',
  },
  'delay-collect-bigfile': {
    value: '5',
    otherwise: '0',
    beside: { ...RUNNING, 'threshold-bigfile': '10' },
    effect: grownIsSynced,
    expected: 'later',
  },
  'threshold-bigfile': {
    value: '10',
    beside: { ...RUNNING, 'delay-collect-bigfile': '5' },
    effect: grownIsSynced,
    expected: 'later',
  },
  'delay-sync': {
    value: '5',
    otherwise: '0',
    beside: RUNNING,
    effect: secondChangeIsSynced,
    expected: 'later',
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
    handler: 'echo began >>\'$base/writable/began\'; case "$*" in *slow*) sleep 3;; esac',
    effect: async (run) => {
      await run.called(1);
      run.write('slow');
      await run.daemon.until(
        'the slow call',
        () => (run.text('writable/began') ?? '').split('\n').length > 2,
      );
      return changeIsSynced(run);
    },
    expected: 'soon',
  },
  'standby-file': {
    value: '$base/standby',
    beside: RUNNING,
    prepare: (base) => writeFileSync(join(base, 'standby'), ''),
    effect: async (run) => {
      await run.daemon.logged(/watching/);
      await sleep(500);
      return run.calls().length === 0 ? 'held' : 'synced';
    },
    expected: 'held',
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
    beside: { ...RUNNING, 'delay-collect': '100' },
    effect: async (run) => {
      await run.called(1);
      run.write('pending');
      await sleep(300);
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
    effect: endsByItself,
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
      // More events than the kernel keeps (fs.inotify.max_queued_events): each file has three, of
      // which equal neighbours are merged.
      for (let i = 0; i < 9000; i++) run.write('file' + i, '');
      process.kill(watcher.pid, 'SIGCONT');
      for (let waited = 0; waited < 5000 && run.daemon.exit === undefined; waited += 50)
        await sleep(50);
      return run.daemon.exit === undefined ? 'runs on' : 'ends';
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
      // The first event of a path is always synced; after it only what the signature sees.
      const { atime, mtime } = statSync(join(run.source, 'a'));
      utimesSync(join(run.source, 'a'), atime, mtime);
      await run.called(2);
      await sleep(200);
      const before = run.calls().length;
      chmodSync(join(run.source, 'a'), 0o600);
      await sleep(SOON);
      return run.calls().length > before ? 'synced' : 'taken for no change';
    },
    expected: 'taken for no change',
  },
  'cancel-syscalls': {
    value: 'mon_stat',
    beside: { ...RUNNING, 'threshold-bigfile': '10', 'delay-collect-bigfile': '5' },
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
  'fts-experimental-optimization': { effect: sorted, expected: DIRECT, isDefault: true },
};

/** Another file system in the source, with a file in it. */
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
