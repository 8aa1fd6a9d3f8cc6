import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { Message } from '../../../src/shared/messages.js';
import { BOUNDS, encodeCounts, totalOf } from '../../../src/shared/histogram.js';
import { STATUSES } from '../../../src/shared/settings.js';
import type { DaemonStatus } from '../../../src/shared/settings.js';
import { Ledger, reduce } from '../../../src/master/ledger.js';
import type { Happening } from '../../../src/master/news.js';
import type { Member } from '../../../src/master/sandbox/roles.js';
import { initialState, lastingOf, pendingOf } from '../../../src/master/state.js';
import type { DaemonState, ExecutorState } from '../../../src/master/state.js';
import { countsOf, lineOf } from '../../../src/master/surface/news-log.js';
import { eventOf, statusOf } from '../../../src/master/surface/status.js';

const INSTANCE = { block: fromText('b'), label: fromText('l'), flags: 1n, given: 0n };
const WATCHER: Member = { role: 'watcher', name: 'watcher', destination: 0 };
const ONE: Member = { role: 'executor', name: 'executor', destination: 0 };
const OTHER: Member = { role: 'executor', name: 'executor 2', destination: 1 };

const from = (member: Member, message: Message): Happening => ({
  kind: 'message',
  member,
  message,
});
const status = (name: DaemonStatus, member = ONE): Happening =>
  from(member, { name: 'status', status: STATUSES.indexOf(name) });
const counters = (overflows: number, rescans = 0): Happening =>
  from(WATCHER, { name: 'counters', directories: 3, pending: 2, overflows, rescans, events: 0 });
/** Two paths that waited for 0.3 s each. */
const FIGURES = {
  latencies: encodeCounts(BOUNDS.map((bound) => (bound === 0.5 ? 2 : 0)).concat(0)),
  waited: 600,
  bytes: 10,
};
const WATCHING = from(WATCHER, {
  name: 'watching',
  directories: 3,
  milliseconds: 10,
  monitor: 0,
  lazy: 0,
});

/** The state after these, a second apart, from 1000 on. */
function after(...happenings: readonly Happening[]): DaemonState {
  return happenings.reduce(
    (state, happening, index) => reduce(state, { ...happening, at: (index + 1) * 1000 }),
    initialState(0, INSTANCE),
  );
}

function executor(state: DaemonState, { name }: Member): ExecutorState {
  const found = state.executors.get(name);
  assert.ok(found);
  return found;
}

test('the status is what the executor says, since it says so', () => {
  const state = after(status('initsync'), status('running'), counters(0), status('running'));
  assert.deepEqual([state.status, state.statusSince], ['running', 2000]);
  assert.equal(executor(state, ONE).status, 'running');
});

test('while rules are read the status is rehashing, and then what the roles are at', () => {
  const rehashing = after(status('running'), { kind: 'rehashing' });
  assert.equal(rehashing.status, 'rehashing');
  assert.equal(reduce(rehashing, { kind: 'rulesDone', at: 9 }).status, 'running');
  const failed = after(
    status('running'),
    { kind: 'rehashing' },
    status('synchandler error'),
    { kind: 'rehashing' },
    { kind: 'rulesDone' },
  );
  assert.deepEqual([failed.status, failed.beforeRehash], ['synchandler error', undefined]);
});

test('memory that is freed while rules are read leaves no trace', () => {
  const state = after(
    status('running'),
    { kind: 'rehashing' },
    { kind: 'tidying' },
    { kind: 'tidied', before: 'rehashing' },
    { kind: 'rulesDone' },
  );
  assert.equal(state.status, 'running');
});

test('new rules that nobody waits for change nothing', () => {
  const state = after(status('running'));
  assert.equal(reduce(state, { kind: 'rulesDone', at: 9 }), state);
});

test('syncs, paths and failures are counted for each executor', () => {
  const synced = (paths: number, member = ONE): Happening =>
    from(member, { name: 'synced', paths, milliseconds: 5, initial: 0, names: '', ...FIGURES });
  const failure = { paths: 4, text: 'exit status 1', names: '', next: 100, apart: 0 };
  const failed = from(OTHER, { name: 'failed', ...failure });
  const state = after(synced(2), synced(3), synced(7, OTHER), failed, failed);
  const [one, other] = [executor(state, ONE), executor(state, OTHER)];
  assert.deepEqual([one.syncs, one.paths, one.failures], [2, 5, 0]);
  assert.deepEqual([other.syncs, other.paths, other.failures], [1, 7, 2]);
  assert.deepEqual([one.lastSync?.at, one.lastFailure], [2000, undefined]);
  assert.deepEqual([one.bytes, totalOf(one.latency), one.latency.sum], [20, 4, 1.2]);
  assert.deepEqual([totalOf(other.duration), other.duration.sum], [1, 0.005]);
  assert.deepEqual(other.lastFailure, { at: 5000, report: { name: 'failed', ...failure } });
});

test('what waits anywhere is pending', () => {
  const backlog = (member: Member, failing: number): Happening =>
    from(member, { name: 'backlog', waiting: 10, inHand: 1, failing });
  const state = after(counters(0), backlog(ONE, 0), backlog(OTHER, 4));
  assert.deepEqual(pendingOf(state), { pending: 24, failing: 4 });
});

test('overflows and rescans add up over watchers, what is watched does not', () => {
  const started: Happening = { kind: 'roleStarted', member: WATCHER, pid: 7 };
  const ended: Happening = { kind: 'roleEnded', member: WATCHER };
  const first = after(started, WATCHING, counters(1, 2), counters(2, 2));
  assert.deepEqual([first.watcher.overflows, first.watcher.rescans], [2, 2]);
  assert.deepEqual([first.watcher.pid, first.watcher.watching?.since], [7, 2000]);
  const between = after(started, WATCHING, counters(2, 2), ended);
  assert.deepEqual([between.watcher.pid, between.watcher.watching], [undefined, undefined]);
  assert.equal(pendingOf(between).pending, 0);
  const second = after(started, WATCHING, counters(2, 2), ended, started, counters(3));
  assert.deepEqual([second.watcher.overflows, second.watcher.rescans], [5, 2]);
  assert.deepEqual([second.watcher.counters.overflows, second.watcher.starts], [3, 2]);
});

test('an executor that ends keeps its counts, and nothing waits in it', () => {
  const state = after(
    { kind: 'roleStarted', member: ONE, pid: 8 },
    from(ONE, { name: 'synced', paths: 1, milliseconds: 5, initial: 1, names: '', ...FIGURES }),
    from(ONE, { name: 'backlog', waiting: 5, inHand: 0, failing: 5 }),
    { kind: 'roleEnded', member: ONE },
  );
  const { pid, starts, syncs } = executor(state, ONE);
  assert.deepEqual([pid, starts, syncs], [undefined, 1, 1]);
  assert.deepEqual(pendingOf(state), { pending: 0, failing: 0 });
});

test('restarts are counted, and the last error is known', () => {
  const state = after(
    from(ONE, { name: 'executorRecord', level: 0, text: 'an error', about: 0 }),
    from(WATCHER, { name: 'watcherRecord', level: 1, text: 'a warning' }),
  );
  assert.deepEqual(state.lastError, { at: 1000, text: 'an error' });
  const again = reduce(state, { kind: 'restarting', reason: 'it died', pause: 100, at: 5 });
  assert.deepEqual([again.restarts, again.lastError], [1, { at: 5, text: 'it died' }]);
});

test('listeners see each piece of news with the state before and after it', () => {
  const ledger = new Ledger(INSTANCE, () => 42);
  const seen: unknown[] = [];
  const stop = ledger.subscribe(({ kind, at }, now, before) =>
    seen.push([kind, at, before.stopping, now.stopping]),
  );
  ledger.tell({ kind: 'stopping' });
  stop();
  ledger.tell({ kind: 'holding' });
  assert.deepEqual(seen, [['stopping', 42, false, true]]);
  assert.deepEqual([ledger.state.status, ledger.state.since], ['hold on', 42]);
});

test('the log has a line for what people want to know', () => {
  const line = (happening: Happening, state = after()): unknown =>
    lineOf({ ...happening, at: 0 }, state);
  assert.deepEqual(line(WATCHING), ['info', 'watching 3 directories (found in 0.01 s)']);
  const lazy = { directories: 1, milliseconds: 10, monitor: 0, lazy: 1 };
  assert.deepEqual(line(from(WATCHER, { name: 'watching', ...lazy })), [
    'info',
    'watching all directories (in 0.01 s, as none has to be looked at)',
  ]);
  assert.deepEqual(
    line(
      from(ONE, {
        name: 'synced',
        paths: 1,
        milliseconds: 12_345,
        initial: 0,
        names: 'a',
        ...FIGURES,
      }),
    ),
    ['info', 'synced 1 path in 12 s: "a"'],
  );
  assert.deepEqual(
    line(
      from(ONE, { name: 'synced', paths: 1, milliseconds: 50, initial: 1, names: '', ...FIGURES }),
    ),
    ['info', 'initial sync done in 0.05 s'],
  );
  const backlog = from(ONE, { name: 'backlog', waiting: 3, inHand: 1, failing: 2 });
  assert.deepEqual(line(backlog, after(counters(1), backlog)), [
    'debug2',
    '3 directories, 6 pending (2 failing), 1 overflow, 0 rescans',
  ]);
  assert.deepEqual(line({ kind: 'restarting', reason: 'the watcher died', pause: 200 }), [
    'warning',
    'the watcher died; starting again in 0.2 s',
  ]);
  assert.equal(line(status('running')), undefined);
});

test('a program that runs for long is told, in lines and counts, until it has ended', () => {
  const lasting = from(ONE, { name: 'lasting', milliseconds: 60_000, program: 'rsync' });
  const hour = 3_600_000;
  const told = reduce(after(), { ...lasting, at: hour });
  const words = 'rsync still running since 1970-01-01T00:59:00Z';
  assert.equal(lastingOf(told), words);
  assert.deepEqual(lineOf({ ...lasting, at: hour }, told), ['warning', words]);
  assert.match(countsOf(told), new RegExp(`, ${words}$`));
  const ended = from(ONE, { name: 'lasting', milliseconds: 0, program: '' });
  const over = reduce(told, { ...ended, at: hour + 1 });
  assert.equal(lastingOf(over), undefined);
  assert.equal(lineOf({ ...ended, at: hour + 1 }, over), undefined);
  assert.doesNotMatch(countsOf(over), /still/);
  const killed = reduce(told, { kind: 'roleEnded', member: ONE, at: hour + 1 });
  assert.equal(lastingOf(killed), undefined);
});

test('what a comparison has found is told, as an event, and until the next one', () => {
  const rows = `${JSON.stringify({ path: 'a', what: ['missing'], source: null, destination: null })}\n`;
  const found = { differences: 2, failures: 1, milliseconds: 1000, rows };
  const told = from(ONE, { name: 'verified', ...found });
  const state = after(told);
  const event = { milliseconds: 1000, differences: 2, failures: 1, names: ['a'] };
  assert.deepEqual(eventOf({ ...told, at: 0 }, state, state), {
    event: 'verified',
    destination: ONE.name,
    at: '1970-01-01T00:00:00.000Z',
    ...event,
  });
  assert.deepEqual([...state.executors.values()][0]?.verified?.report.differences, 2);
  assert.deepEqual(lineOf({ ...told, at: 0 }, state), [
    'warning',
    'compared in 1.00 s: 2 paths differ (clsync ctl resync PATH makes it equal): "a": missing in ' +
      'the copy; and 1 more; 1 path could not be compared',
  ]);
  const equal = {
    name: 'verified',
    differences: 0,
    failures: 0,
    milliseconds: 1,
    rows: '',
  } as const;
  assert.deepEqual(lineOf({ ...from(ONE, equal), at: 0 }, state), [
    'info',
    'compared in 0.00 s: nothing differs',
  ]);
});

test('what a role says of a program that runs for long is bounded and escaped', () => {
  const hostile = { name: 'lasting', milliseconds: Number.MAX_SAFE_INTEGER } as const;
  const state = after(from(ONE, { ...hostile, program: `a\nb\0${'c'.repeat(10_000)}` }));
  const words = lastingOf(state) ?? '';
  assert.match(words, /^a\?b\?c+ still running since 1970-01-01T00:00:00Z$/);
  assert.ok(words.length < 5000);
});

test('of several destinations, the status tells the worst, and which one does not run', () => {
  const before = after(status('running'), status('synchandler error', OTHER), status('running'));
  assert.equal(before.status, 'synchandler error');
  const away = after(
    status('running'),
    status('running', OTHER),
    { kind: 'away', member: OTHER, reason: 'gone' },
    status('running'),
  );
  assert.deepEqual([away.status, executor(away, OTHER).away], ['synchandler error', 'gone']);
  const back = reduce(away, { kind: 'roleStarted', member: OTHER, pid: 1, at: 9000 });
  assert.equal(executor(back, OTHER).away, undefined);
});

test('of several destinations, news and status say which one', () => {
  const synced = (member: Member): Happening =>
    from(member, { name: 'synced', paths: 1, milliseconds: 5, initial: 0, names: 'a', ...FIGURES });
  const line = (state: DaemonState, member: Member): string | undefined =>
    lineOf({ ...synced(member), at: 0 }, state)?.[1];
  const [first, second] = [
    ['executor', '/one'],
    ['executor 2', 'host:/other'],
  ] as const;
  const facts = {
    clsync: '',
    source: '',
    destination: '/one',
    mode: 'rsyncdirect',
    monitor: 'inotify',
    sandbox: '',
  } as const;
  const two = { ...INSTANCE, destinations: new Map([first, second]) };
  const state = after(synced(ONE), synced(OTHER), { kind: 'configured', instance: two });
  assert.equal(line(state, ONE), '/one: synced 1 path in 0.01 s: "a"');
  assert.equal(line(state, OTHER), 'host:/other: synced 1 path in 0.01 s: "a"');
  assert.deepEqual(
    statusOf(state, facts, true).destinations.map(({ name, destination }) => [name, destination]),
    [first, second],
  );
  const only = { ...INSTANCE, destinations: new Map([first]) };
  const alone = after(synced(ONE), { kind: 'configured', instance: only });
  assert.equal(line(alone, ONE), 'synced 1 path in 0.01 s: "a"');
  assert.equal(statusOf(alone, facts, true).destinations[0]?.destination, '/one');
});
