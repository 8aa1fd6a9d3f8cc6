/** Connects the watcher's parts with its loop. */
import { ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { WatcherSettings } from '../shared/settings.js';
import type { WatcherEvents } from './events.js';
import { HardLinks } from './links/hard-links.js';
import { UNIDENTIFIED } from './monitor/findings.js';
import type { Finding } from './monitor/findings.js';
import type { Monitor } from './monitor/monitor.js';
import type { Changes } from './outgoing/changes.js';
import type { Outgoing } from './outgoing/outgoing.js';
import { Timers } from './timers.js';
import { Displaced } from './walks/displaced.js';
import { Comparisons } from './walks/comparisons.js';
import { Crowds } from './walks/crowds.js';
import { Mounted } from './walks/mounted.js';
import { Polls } from './walks/polls.js';
import { Rechecks } from './walks/rechecks.js';
import type { JobKind } from './walks/jobs.js';
import { Rescans } from './walks/rescans.js';
import { Sweeps } from './walks/sweeps.js';
import { Walks } from './walks/walks.js';
import type { Cause } from './walks/walks.js';

/**
 * So many directories stay in a table that is not of the whole tree: some 6 MiB. Another look at
 * one that was forgotten costs a question to the process that knows where it is.
 */
const DIRECTORIES_KEPT = 65_536;

/** What the parts see of the watcher. */
export interface Core {
  readonly settings: WatcherSettings;
  readonly outgoing: Outgoing;
  readonly events: WatcherEvents;
  readonly changes: Changes;
  /** Milliseconds of CLOCK_MONOTONIC. */
  now(): number;
  /** Undefined once the watch directory is gone. */
  watched(): Monitor | undefined;
  dispatch(found: Finding, by: 'event' | 'walk'): void;
  walk(node: number, kind: JobKind, cause?: Partial<Cause>): void;
  rescan(path: BytePath): void;
  initialWalked(milliseconds: number): void;
  /** Plans a turn. */
  wake(): void;
}

export class Parts {
  readonly timers = new Timers();
  readonly hardLinks: HardLinks;
  readonly displaced: Displaced;
  readonly rescans: Rescans;
  readonly crowds: Crowds;
  readonly walks: Walks;
  readonly sweeps: Sweeps;
  readonly polls: Polls;
  readonly rechecks: Rechecks;
  readonly mounted: Mounted;

  constructor(core: Core) {
    const { timers } = this;
    const { now } = core;
    this.hardLinks = hardLinksOf(core, timers);
    this.displaced = new Displaced({
      timers,
      now,
      monitor: () => monitorOf(core),
      due: () => core.wake(),
      back: (node) => core.walk(node, 'directory'),
    });
    this.rescans = new Rescans({ timers, now, rescan: () => core.rescan(ROOT) });
    this.crowds = new Crowds({
      timers,
      now,
      wall: () => Date.now(),
      walk: (node, cause) => core.walk(node, 'crowd', cause),
    });
    this.mounted = new Mounted({
      now,
      monitor: () => monitorOf(core),
      walk: (node) => core.walk(node, 'mounted'),
      dispatch: (found) => core.dispatch(found, 'event'),
      rescan: (path) => core.rescan(path),
      tell: () => core.events.mounted(monitorOf(core)),
    });
    this.walks = walksOf(core, this.hardLinks);
    const comparing = {
      timers,
      now,
      monitor: () => core.watched(),
      wall: () => Date.now(),
      comparisons: new Comparisons({ timers, now, monitor: () => core.watched() }),
      changed: (node: number, changedSince: number) => core.walk(node, 'poll', { changedSince }),
    };
    this.rechecks = new Rechecks({ ...comparing, interval: core.settings.recheckInterval });
    this.polls = new Polls({
      ...comparing,
      interval: core.settings.pollInterval,
      found: (found) => core.dispatch(found, 'event'),
    });
    this.sweeps = new Sweeps({
      timers,
      monitor: () => core.watched(),
      isWalking: () => this.walks.isActive,
      found: (found) => {
        core.dispatch(found, 'event');
        core.wake();
      },
      kept: core.settings.directoriesKept ?? DIRECTORIES_KEPT,
      isNeeded: (node) => this.isNeeded(node),
      wake: () => core.wake(),
    });
  }

  /** Whether the node of a directory is needed, though nothing happens in it. */
  private isNeeded(node: number): boolean {
    const { displaced, walks, crowds, hardLinks, polls } = this;
    return [displaced, walks, crowds, hardLinks, polls].some((part) => part.has(node));
  }

  /** Not all names in a directory that events were about are known. */
  crowd(found: Finding): void {
    this.crowds.add(found);
    if (found.detail === UNIDENTIFIED) this.hardLinks.missed(found);
  }

  /** A directory is forgotten. */
  forget(node: number): void {
    const { displaced, walks, crowds, hardLinks, polls, rechecks } = this;
    for (const part of [displaced, walks, crowds, hardLinks, polls, rechecks]) part.forget(node);
  }
}

function monitorOf(core: Core): Monitor {
  const watched = core.watched();
  if (watched === undefined) throw new Error('the watch directory is gone');
  return watched;
}

function walksOf(core: Core, hardLinks: HardLinks): Walks {
  const { settings, outgoing, now, events } = core;
  return new Walks({
    settings,
    pending: outgoing.pending,
    listings: outgoing.listings,
    hardLinks,
    monitor: () => monitorOf(core),
    now,
    found: (found) => core.dispatch(found, 'walk'),
    initialWalked: (milliseconds) => core.initialWalked(milliseconds),
    rulesDone: () => events.rulesDone(),
  });
}

function hardLinksOf(core: Core, timers: Timers): HardLinks {
  return new HardLinks({
    together: core.settings.trackHardLinks,
    deletionsTouch: core.settings.starter !== 0,
    monitor: () => monitorOf(core),
    now: core.now,
    after: (milliseconds, action) =>
      timers.after(milliseconds, () => void (core.watched() !== undefined && action())),
    wake: () => core.wake(),
    dirty: (path) => {
      core.changes.linked(path);
      core.wake();
    },
  });
}
