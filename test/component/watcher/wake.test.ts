/** Nothing is left undone for want of a turn: the watcher comes to rest only when all is done. */
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { display, fromText } from '../../../src/shared/bytes.js';
import { openMountTable } from '../../../src/shared/mount-table.js';
import { monotonic } from '../../../src/shared/clock.js';
import type { WatcherSettings } from '../../../src/shared/settings.js';
import { ROOT_NODE } from '../../../src/watcher/monitor/monitor.js';
import type { Monitor } from '../../../src/watcher/monitor/monitor.js';
import { openMonitor } from '../../../src/watcher/monitor/registry.js';
import { DirtySet } from '../../../src/watcher/outgoing/dirty-set.js';
import { Outgoing } from '../../../src/watcher/outgoing/outgoing.js';
import { Watcher } from '../../../src/watcher/watcher.js';
import { DEADLINE } from '../../harness/until.js';
import { covers, DEFAULTS, scratch, Watched } from './support.js';

function open(settings: WatcherSettings, wake: () => void): Monitor {
  const root = settings.watchDirectory;
  const report = (): void => undefined;
  return openMonitor({ settings, root, mounts: openMountTable(), granted: {}, report }, wake);
}

test('a round that goes on with earlier events is not the last: others may have come', async () => {
  using place = scratch();
  const settings = { ...DEFAULTS, watchDirectory: fromText(place.path) };
  const monitor = open(settings, () => undefined);
  const isRead = (name: string): boolean =>
    [...monitor.history()].some((event) => display(event.name) === name);
  const found: string[] = [];
  const look = (budget: number): boolean => {
    const { findings, more } = monitor.events(budget);
    for (const { path } of findings) found.push(display(path));
    return more;
  };
  try {
    monitor.walk(ROOT_NODE, 0);
    while (monitor.step(1024).more);
    for (const name of ['a', 'b', 'c']) writeFileSync(`${place.path}/${name}`, '');
    while (!isRead('c')) await turn();
    assert.ok(look(1), 'some of the events are left');
    writeFileSync(`${place.path}/late`, '');
    while (!isRead('late')) await turn();
    while (look(1024));
    assert.ok(found.includes('late'), `only ${found.join(', ')}`);
  } finally {
    monitor.close();
  }
});

test('a search for names that a walk makes necessary begins when the walk is over', async () => {
  using place = scratch();
  writeFileSync(`${place.path}/a`, '');
  using watched = new Watched(place.path);
  await watched.message('walked');
  await watched.quiet();
  watched.told();
  mkdirSync(`${place.path}/d`);
  linkSync(`${place.path}/a`, `${place.path}/d/b`);
  await watched.quiet();
  const told = watched.told();
  assert.ok(covers(told, 'a') && covers(told, 'd/b'));
});

/** As if an executor had granted no credit while so much waits for it. */
class HeldUp extends Outgoing {
  waits = Infinity;

  override get leastWaiting(): number {
    return this.waits;
  }
}

test('a walk that waits for credit goes on once there is some', { timeout: DEADLINE }, async () => {
  using place = scratch();
  const settings = { ...DEFAULTS, watchDirectory: fromText(place.path) };
  const outgoing = new HeldUp(new DirtySet(undefined, false), new Set());
  let isWatching = false;
  const nothing = (): void => undefined;
  const watcher = new Watcher(
    settings,
    (wake) => open(settings, wake),
    outgoing,
    {
      report: nothing,
      isShown: () => false,
      counted: nothing,
      watching: () => (isWatching = true),
      mounted: nothing,
      rulesDone: nothing,
      rootGone: nothing,
      eventsSkipped: nothing,
    },
    monotonic,
  );
  try {
    for (let i = 0; i < 10; i++) await turn();
    assert.ok(!isWatching, 'the walk waits');
    outgoing.waits = 0;
    watcher.relieved();
    while (!isWatching) await turn();
  } finally {
    watcher.close();
  }
});
