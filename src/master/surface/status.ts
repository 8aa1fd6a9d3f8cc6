/** The state of the daemon as `clsync ctl status`, `events` and metrics tell it. */
import { readFileSync } from 'node:fs';
import { display, displayInTree } from '../../shared/bytes.js';
import { STATUS_VERSION } from '../../shared/control-status.js';
import type {
  DestinationStatus,
  Durations,
  InstanceEvent,
  InstanceStatus,
  LastFailure,
  LastSync,
  MountStatus,
  ProcessStatus,
  Verified,
} from '../../shared/control-status.js';
import { BOUNDS } from '../../shared/histogram.js';
import type { Histogram } from '../../shared/histogram.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { Mode } from '../../shared/modes.js';
import { EVERYWHERE, MONITOR_NAMES } from '../../shared/monitors.js';
import type { Payload } from '../../shared/messages.js';
import { nameOf } from '../../shared/seccomp/filter.js';
import { differencesIn } from '../../shared/verification.js';
import type { News } from '../news.js';
import { isUp, pendingOf } from '../state.js';
import type { DaemonState, ExecutorState, Instance, ProcessState, Refusing } from '../state.js';

/** What does not change while the daemon runs. */
export interface Facts {
  readonly clsync: string;
  readonly source: string;
  readonly destination: string | undefined;
  readonly mode: Mode;
  readonly monitor: string;
  readonly sandbox: string;
}

/** Bytes of a page, as /proc/PID/statm counts. */
const PAGE = 4096;

/** What waits for the end of a role, and its first process: see docs/PRIVSEP.md. */
const LAUNCHER = 'clsync-launch\n';

/** @param detail also what names paths and programs */
export function statusOf(state: DaemonState, facts: Facts, detail: boolean): InstanceStatus {
  const { watcher, executors, instance, lastError } = state;
  const { destination: _, ...fixed } = facts;
  // Where it cannot be had for the watch directory, the watcher uses another.
  const monitor = MONITOR_NAMES[watcher.watching?.walk.monitor ?? NaN] ?? fixed.monitor;
  return {
    version: STATUS_VERSION,
    ...fixed,
    monitor,
    ...(watcher.mounts === undefined || !detail ? {} : { mounts: mounts(watcher.mounts, monitor) }),
    label: display(instance.label),
    block: display(instance.block),
    pid: process.pid,
    status: state.status,
    since: time(state.since),
    statusSince: time(state.statusSince),
    paused: state.paused,
    directories: watcher.counters.directories,
    pending: pendingOf(state).pending,
    overflows: watcher.overflows,
    rescans: watcher.rescans,
    events: watcher.events,
    restarts: state.restarts,
    ...(lastError === undefined || !detail
      ? {}
      : { lastError: { at: time(lastError.at), text: lastError.text } }),
    destinations: [...executors].map(([name, executor]) =>
      destinationStatus(name, facts, instance, executor, detail),
    ),
    processes: [
      {
        role: 'master',
        pid: process.pid,
        starts: 1,
        memory: process.memoryUsage.rss(),
        ...refusedOf(state, 'master'),
      },
      // The monitor's other process, of which nothing else is told.
      ...(state.clerk === undefined
        ? []
        : [{ role: 'clerk', pid: state.clerk, starts: 1, ...refusedOf(state, 'clerk') }]),
      { ...processStatus('watcher', watcher), ...refusedOf(state, 'watcher') },
      ...[...executors].map(([name, executor]) => ({
        ...processStatus(name, executor),
        ...refusedOf(state, 'executor'),
      })),
    ],
  };
}

/** What others may want to hear of a piece of news; undefined: nothing. */
export function eventOf(
  news: News,
  state: DaemonState,
  before: DaemonState,
): InstanceEvent | undefined {
  const at = time(news.at);
  if (news.kind === 'restarting') return { event: 'restarting', at, reason: news.reason };
  if (news.kind === 'message') {
    const { message, member } = news;
    const destination = state.instance.destinations?.get(member.name) ?? member.name;
    if (message.name === 'synced')
      return {
        event: 'synced',
        destination,
        initial: message.initial === 1,
        ...lastSync(news.at, message),
      };
    if (message.name === 'failed')
      return { event: 'failed', destination, ...lastFailure(news.at, message) };
    if (message.name === 'verified')
      return { event: 'verified', destination, ...verified(news.at, message) };
  }
  return state.status === before.status ? undefined : { event: 'status', at, status: state.status };
}

/** In the order of their paths. */
function mounts(
  { alike, inotify, compared, leftOut }: Payload<'mounts'>,
  monitor: string,
): MountStatus[] {
  const by = { [monitor]: alike, comparison: compared, none: leftOut };
  by[EVERYWHERE] = [...(by[EVERYWHERE] ?? []), ...inotify];
  return Object.entries(by)
    .flatMap(([name, paths]) => paths.map((path) => [path, name] as const))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, name]) => ({ path: displayInTree(path), monitor: name }));
}

function destinationStatus(
  name: string,
  { destination: only, mode }: Facts,
  { destinations }: Instance,
  executor: ExecutorState,
  detail: boolean,
): DestinationStatus {
  const { backlog, queues, lasting, held } = executor;
  const { oldest, normal, big, instant, lockWait, settling } = queues;
  const destination = destinations?.get(name) ?? only;
  return {
    name,
    ...(destination === undefined ? {} : { destination }),
    status: executor.status,
    up: isUp(executor),
    ...(executor.away === undefined || !detail ? {} : { away: executor.away }),
    queues: { normal, big, instant, lockWait, settling },
    waiting: backlog.waiting,
    syncing: backlog.inHand,
    failing: backlog.failing,
    oldest: oldest / 1000,
    syncs: executor.syncs,
    paths: executor.paths,
    failures: executor.failures,
    ...(MODE_TRAITS[mode].copies ? { bytes: executor.bytes } : {}),
    latency: durations(executor.latency),
    duration: durations(executor.duration),
    ...(executor.lastSync === undefined
      ? {}
      : { lastSync: lastSync(executor.lastSync.at, executor.lastSync.report, detail) }),
    ...(executor.lastFailure === undefined || !detail
      ? {}
      : { lastFailure: lastFailure(executor.lastFailure.at, executor.lastFailure.report) }),
    ...(lasting === undefined || !detail
      ? {}
      : { running: { program: lasting.program, since: time(lasting.since) } }),
    ...(held === undefined ? {} : { held: { paths: held.paths, reason: held.reason } }),
    ...(executor.verified === undefined
      ? {}
      : { verified: verified(executor.verified.at, executor.verified.report, detail) }),
  };
}

function durations({ counts, sum }: Histogram): Durations {
  return { bounds: BOUNDS, counts, sum };
}

function lastSync(at: number, report: Payload<'synced'>, detail = true): LastSync {
  const { paths, milliseconds, names } = report;
  return { at: time(at), paths, milliseconds, names: detail ? list(names) : [] };
}

function verified(at: number, report: Payload<'verified'>, detail = true): Verified {
  const { differences, failures, milliseconds, rows } = report;
  const names = detail ? differencesIn(rows).map(({ path }) => displayInTree(path)) : [];
  return { at: time(at), milliseconds, differences, failures, names };
}

function lastFailure(at: number, report: Payload<'failed'>): LastFailure {
  const { paths, names, text, next, apart } = report;
  return {
    at: time(at),
    paths,
    names: list(names),
    reason: text,
    next: next / 1000,
    apart: apart === 1,
  };
}

function processStatus(role: string, { pid, starts }: ProcessState): ProcessStatus {
  const memory = pid === undefined ? undefined : memoryOf(pid);
  return {
    role,
    ...(pid === undefined ? {} : { pid }),
    starts,
    ...(memory === undefined ? {} : { memory }),
  };
}

function refusedOf({ refused }: DaemonState, role: Refusing): Pick<ProcessStatus, 'refusedCalls'> {
  const calls = [...(refused.get(role) ?? [])];
  return calls.length === 0
    ? {}
    : { refusedCalls: Object.fromEntries(calls.map(([call, n]) => [nameOf(call), n])) };
}

/** Undefined: it has ended, or is to begin, or out of sight. @param pid its own, or its keeper's */
export function memoryOf(pid: number): number | undefined {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'latin1') === LAUNCHER) {
      const [held] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
      // A role that is still to be started: what the launcher has is not the role's.
      return held === undefined || held === '' ? undefined : memoryOf(Number(held));
    }
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return pages === 0 ? undefined : pages * PAGE;
  } catch {
    return undefined;
  }
}

function list(names: string): string[] {
  return names === '' ? [] : names.split('\n');
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
