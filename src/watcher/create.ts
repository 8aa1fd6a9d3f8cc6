/** Puts the watcher's parts together as the settings say. */
import { MOST_PATHS } from '../shared/collapse.js';
import type { Channel } from '../shared/channel.js';
import { ClsyncError } from '../shared/errors.js';
import type { Report } from '../shared/report.js';
import type { WatcherSettings } from '../shared/settings.js';
import { DirtySet, EventSequence } from './outgoing/dirty-set.js';
import type { Monitor } from './monitor/monitor.js';
import { openMonitor } from './monitor/registry.js';
import { Outbox } from './outgoing/outbox.js';
import { Watcher } from './watcher.js';

type Sender = Pick<Channel, 'send' | 'drained'>;

const COLLAPSED = `more than ${MOST_PATHS} paths wait to be handed over: directories are taken whole in place of what has changed in them`;

/**
 * Throws `ClsyncError` when the watch directory cannot be watched. `fatal` is told what shows only
 * later.
 */
export function createWatcher(
  settings: WatcherSettings,
  master: Sender,
  executor: Sender,
  report: Report,
  fatal: (error: ClsyncError) => void,
): { watcher: Watcher; outbox: Outbox } {
  const pending = settings.sequence
    ? new EventSequence()
    : new DirtySet(settings.collapses ? once(() => report('info', COLLAPSED)) : undefined);
  const outbox = new Outbox(pending, executor, monotonic);
  const events = {
    report,
    watching: (directories: number, milliseconds: number) => {
      master.send('watching', { directories, milliseconds });
      outbox.afterPending(() => executor.send('walked', {}));
    },
    rulesDone: () => outbox.afterPending(() => master.send('rulesDone', {})),
    rootGone: () => master.send('rootGone', {}),
    watchLimit: (needed: number) => fatal(new ClsyncError('WATCH_LIMIT', String(needed))),
    eventsSkipped: () => fatal(new ClsyncError('EVENTS_SKIPPED')),
  };
  const open = (wake: () => void): Monitor => openMonitor(settings, wake);
  return { watcher: new Watcher(settings, open, pending, outbox, events, monotonic), outbox };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

/** CLOCK_MONOTONIC in milliseconds, the clock of the events. */
function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
