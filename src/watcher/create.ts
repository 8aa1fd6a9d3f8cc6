/** Puts the watcher's parts together as the settings say. */
import { isDeepStrictEqual } from 'node:util';
import { monotonic } from '../shared/clock.js';
import { MOST_PATHS } from '../shared/collapse.js';
import { ClsyncError } from '../shared/errors.js';
import type { Payload } from '../shared/messages.js';
import { openMountTable } from '../shared/mount-table.js';
import { MONITOR_NAMES } from '../shared/monitors.js';
import type { Report } from '../shared/report.js';
import type { WatcherEvents, Watching } from './events.js';
import type { WatcherSettings } from '../shared/settings.js';
import { Soon } from '../shared/soon.js';
import type { Monitor } from './monitor/monitor.js';
import type { Granted } from './monitor/native.js';
import { openMonitor } from './monitor/registry.js';
import { DirtySet } from './outgoing/dirty-set.js';
import { EventSequence } from './outgoing/event-sequence.js';
import { Listings } from './outgoing/listings.js';
import { Outbox } from './outgoing/outbox.js';
import type { Sender } from './outgoing/outbox.js';
import { Outgoing } from './outgoing/outgoing.js';
import { Watcher } from './watcher.js';

/** Milliseconds between two reports of the counters. */
const COUNTING = 1000;
const COLLAPSED =
  `more than ${MOST_PATHS} paths wait to be handed over: directories are taken whole in ` +
  'place of what has changed in them';

const NO_MOUNTS: Payload<'mounts'> = { alike: [], inotify: [], compared: [], leftOut: [] };

/**
 * Throws `ClsyncError` when the watch directory cannot be watched. `fatal` is called with errors
 * that show only later. Makes an outbox for each executor, and for one that joins later.
 */
export function createWatcher<S extends Sender>(
  settings: WatcherSettings,
  master: Sender,
  executors: readonly S[],
  report: Report,
  fatal: (error: ClsyncError) => void,
  /** Where the watch directory is opened. */
  root = settings.watchDirectory,
  mounts = openMountTable(),
  isShown: WatcherEvents['isShown'] = () => false,
  granted: Granted = {},
): { watcher: Watcher; outboxes: ReadonlyMap<S, Outbox>; executors: Executors<S> } {
  const pending = settings.sequence
    ? new EventSequence()
    : new DirtySet(
        settings.collapses ? once(() => report('info', COLLAPSED)) : undefined,
        !settings.collapses && !settings.trackHardLinks,
      );
  const outboxes = new Map(
    executors.map((executor) => [executor, new Outbox(pending.consumer(), executor)]),
  );
  const all = new Set(outboxes.values());
  const listings =
    settings.listings === true
      ? new Listings(
          () => [...outboxes.keys()],
          () => watcher.wake(),
        )
      : undefined;
  const outgoing = new Outgoing(pending, all, listings);
  const counting = new Soon(
    COUNTING,
    changed(
      () => watcher.counters,
      (now) => master.send('counters', now),
    ),
  );
  let below = NO_MOUNTS;
  const events = {
    report,
    isShown,
    counted: () => counting.ask(),
    watching: ({ directories, source, isLazy }: Watching, milliseconds: number) => {
      const monitor = MONITOR_NAMES.indexOf(source);
      const lazy = isLazy ? 1 : 0;
      master.send('watching', { directories, milliseconds, monitor, lazy });
      for (const outbox of all) if (!outbox.isJoining) outbox.walked();
    },
    mounted: ({ mounted }: Pick<Monitor, 'mounted'>) => {
      if (!isDeepStrictEqual(mounted, below)) master.send('mounts', mounted);
      below = mounted;
    },
    rulesDone: () => outgoing.afterPending(() => master.send('rulesDone', {})),
    rootGone: () => master.send('rootGone', {}),
    eventsSkipped: () => fatal(new ClsyncError('EVENTS_SKIPPED')),
  };
  const open = (wake: () => void): Monitor =>
    openMonitor({ settings, root, mounts, granted, report }, wake);
  const watcher = new Watcher(settings, open, outgoing, events, monotonic);
  const join = (executor: S): Outbox => {
    const outbox = new Outbox(pending.consumer(), executor);
    outbox.isJoining = true;
    outboxes.set(executor, outbox);
    all.add(outbox);
    watcher.join(outbox);
    return outbox;
  };
  const leave = (executor: S): void => {
    const outbox = outboxes.get(executor);
    if (outbox === undefined) return;
    outboxes.delete(executor);
    all.delete(outbox);
    outbox.leave();
    watcher.relieved();
  };
  return { watcher, outboxes, executors: { join, leave } };
}

/** Executors come and go while others go on. */
export interface Executors<S> {
  join(executor: S): Outbox;
  leave(executor: S): void;
}

/** Tells a value if it is not the one that was told last. */
function changed<T>(value: () => T, tell: (value: T) => void): () => void {
  let told = '';
  return () => {
    const now = value();
    const text = JSON.stringify(now);
    if (text !== told) tell(now);
    told = text;
  };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
