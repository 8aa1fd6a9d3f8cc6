/**
 * The ledger keeps the daemon's state. Everything that happens (a message of a role, the start or
 * end of a role, an order of the user) is a piece of news. `reduce` computes the next state from
 * the present one and the news, and has no side effects. The log, the status file, the service
 * manager, the control socket and the dump read the state or subscribe to the news.
 */
import { decodeDurations, durationOf, sumOf } from '../shared/histogram.js';
import type { Message } from '../shared/messages.js';
import { LEVELS } from '../shared/report.js';
import type { Level } from '../shared/report.js';
import { LAST_SYSCALL } from '../shared/seccomp/syscalls.js';
import { STATUSES } from '../shared/settings.js';
import type { DaemonStatus } from '../shared/settings.js';
import {
  initialState,
  newExecutor,
  NOTHING_COUNTED,
  NOTHING_QUEUED,
  NOTHING_WAITS,
  statusOfAll,
} from './state.js';
import type { Happening, News } from './news.js';
import type { SandboxedRole } from './sandbox/roles.js';
import type { DaemonState, ExecutorState, Instance, ProcessState, Refusing } from './state.js';

const NO_BYTES = Buffer.alloc(0);

export function reduce(state: DaemonState, news: News): DaemonState {
  const { at } = news;
  switch (news.kind) {
    case 'configured':
      return { ...state, instance: news.instance };
    case 'roleStarted':
      return ROLE_NEWS[news.member.role].process(state, news.member.name, ({ starts }) => ({
        pid: news.pid,
        starts: starts + 1,
        changed: at,
      }));
    case 'roleEnded':
      return ROLE_NEWS[news.member.role].process(state, news.member.name, () => ({
        pid: undefined,
        changed: at,
      }));
    case 'message':
      return ROLE_NEWS[news.member.role].message(state, news.member.name, news.message, at);
    case 'rulesDone':
      return state.beforeRehash === undefined
        ? state
        : withStatus({ ...state, beforeRehash: undefined }, state.beforeRehash, at);
    case 'restarting':
      return { ...state, restarts: state.restarts + 1, lastError: { at, text: news.reason } };
    case 'away': {
      const [status, away] = ['synchandler error' as const, news.reason];
      const next = withExecutor(state, news.member.name, () => ({ status, away }));
      return withStatus(withError(next, 'error', away, at), statusOfAll(next, status), at);
    }
    case 'holding':
      return withStatus(state, 'hold on', at);
    case 'rehashing':
      return withStatus(
        { ...state, beforeRehash: state.beforeRehash ?? state.status },
        'rehashing',
        at,
      );
    case 'tidying':
      return { ...state, status: 'thread gc', statusSince: at };
    case 'tidied':
      return { ...state, status: news.before, statusSince: at };
    case 'stopping':
      return { ...state, stopping: true };
    case 'paused':
      return { ...state, paused: news.isPaused };
    case 'refused':
      return {
        ...withRefused(state, news.role, news),
        ...(news.role === 'clerk' ? { clerk: news.pid } : {}),
      };
    case 'record':
      return withError(state, news.level, news.text, at);
  }
}

/**
 * While rules are being read again, a new status of the roles is the one to return to afterwards.
 */
function withStatus(state: DaemonState, status: DaemonStatus, at: number): DaemonState {
  const beforeRehash =
    state.beforeRehash === undefined || status === 'rehashing' ? state.beforeRehash : status;
  const statusSince = status === state.status ? state.statusSince : at;
  return { ...state, status, statusSince, beforeRehash };
}

function withError(state: DaemonState, level: Level, text: string, at: number): DaemonState {
  return level === 'error' ? { ...state, lastError: { at, text } } : state;
}

/** Numbers that no system call has are not kept, whatever a role says. */
function withRefused(
  state: DaemonState,
  role: Refusing,
  { call, count }: { readonly call: number; readonly count: number },
): DaemonState {
  if (call > LAST_SYSCALL) return state;
  const before = state.refused.get(role);
  const calls = new Map([...(before ?? []), [call, (before?.get(call) ?? 0) + count]]);
  return { ...state, refused: new Map([...state.refused, [role, calls]]) };
}

/** What news of a role's process changes. `name`: that of the member. */
interface RoleNews {
  /** It was started, or has ended. */
  process(
    state: DaemonState,
    name: string,
    change: (process: ProcessState) => Partial<ProcessState>,
  ): DaemonState;
  message(state: DaemonState, name: string, message: Message, at: number): DaemonState;
}

const ROLE_NEWS: Readonly<Record<SandboxedRole, RoleNews>> = {
  watcher: {
    process: (state, _, change) => ({
      ...state,
      watcher: {
        ...state.watcher,
        ...change(state.watcher),
        watching: undefined,
        mounts: undefined,
        counters: NOTHING_COUNTED,
      },
    }),
    message: (state, _, message, at) => ofWatcher(state, message, at),
  },
  executor: {
    process: (state, name, change) =>
      withExecutor(state, name, (executor) => ({
        ...change(executor),
        away: change(executor).pid === undefined ? executor.away : undefined,
        backlog: NOTHING_WAITS,
        queues: NOTHING_QUEUED,
        // What the last one held is what the next is to know.
        held: change(executor).pid === undefined ? executor.held : undefined,
        progress: undefined,
        lasting: undefined,
      })),
    message: ofExecutor,
  },
};

function withExecutor(
  state: DaemonState,
  name: string,
  change: (executor: ExecutorState) => Partial<ExecutorState>,
): DaemonState {
  const before = state.executors.get(name) ?? newExecutor(state.since);
  return {
    ...state,
    executors: new Map([...state.executors, [name, { ...before, ...change(before) }]]),
  };
}

function ofWatcher(state: DaemonState, message: Message, at: number): DaemonState {
  const { watcher } = state;
  const changed = (change: Partial<DaemonState['watcher']>): DaemonState => ({
    ...state,
    watcher: { ...watcher, ...change },
  });
  switch (message.name) {
    case 'watching':
      return changed({
        watching: { since: at, walk: message },
        counters: { ...watcher.counters, directories: message.directories },
      });
    case 'mounts':
      return changed({ mounts: message });
    case 'counters':
      return changed({
        counters: message,
        overflows: watcher.overflows + message.overflows - watcher.counters.overflows,
        rescans: watcher.rescans + message.rescans - watcher.counters.rescans,
        events: watcher.events + message.events - watcher.counters.events,
      });
    case 'watcherRefused':
      return withRefused(state, 'watcher', message);
    case 'watcherRecord':
      return withError(state, levelOf(message.level), message.text, at);
    case 'watcherFatal':
      return withError(state, 'error', message.text, at);
    default:
      return state;
  }
}

function ofExecutor(state: DaemonState, name: string, message: Message, at: number): DaemonState {
  const changed = (change: (executor: ExecutorState) => Partial<ExecutorState>): DaemonState =>
    withExecutor(state, name, change);
  switch (message.name) {
    case 'status': {
      const status = statusOf(message.status);
      const next = changed(() => ({ status }));
      return withStatus(next, statusOfAll(next, status), at);
    }
    case 'held':
      return changed(() => ({ held: message.paths === 0 ? undefined : message }));
    case 'verified':
      return changed(() => ({ verified: { at, report: message } }));
    case 'progress':
      return changed(() => ({ progress: message }));
    case 'synced':
      return changed(({ syncs, paths, bytes, latency, duration }) => ({
        syncs: syncs + 1,
        paths: paths + message.paths,
        bytes: bytes + message.bytes,
        latency: sumOf(latency, decodeDurations(message.latencies, message.waited / 1000)),
        duration: sumOf(duration, durationOf(message.milliseconds / 1000)),
        // The bytes are only lent.
        lastSync: { at, report: { ...message, latencies: NO_BYTES } },
        progress: undefined,
      }));
    case 'failed':
      return changed(({ failures }) => ({
        failures: failures + 1,
        lastFailure: { at, report: message },
      }));
    case 'backlog':
      return changed(() => ({ backlog: message }));
    case 'queues':
      return changed(() => ({ queues: message }));
    case 'lasting': {
      const { program, milliseconds } = message;
      // What a role says is bounded and escaped: it becomes a line.
      const since = Math.max(state.since, at - milliseconds);
      const name = program.replace(/[\0-\x1f\x7f]/g, '?').slice(0, 4096);
      const lasting = name === '' ? undefined : { since, program: name };
      return changed(() => ({ lasting }));
    }
    case 'executorRefused':
      return withRefused(state, 'executor', message);
    case 'executorRecord':
      return withError(state, levelOf(message.level), message.text, at);
    case 'executorFatal':
      return withError(state, 'error', message.text, at);
    default:
      return state;
  }
}

/** The tree is watched, by a crew that is complete. */
export function isWatching(news: News): boolean {
  return news.kind === 'message' && news.message.name === 'watching';
}

/**
 * The name of a level in a role's log record. A number out of range counts as the least important
 * level.
 */
export function levelOf(level: number): Level {
  return LEVELS[level] ?? 'debug5';
}

export function statusOf(status: number): DaemonStatus {
  return STATUSES[status] ?? 'running';
}

export type Listener = (news: News, state: DaemonState, before: DaemonState) => void;
/** Reports a piece of news to the ledger. */
export type Tell = (happening: Happening) => void;

export class Ledger {
  private current: DaemonState;
  private readonly listeners = new Set<Listener>();

  /** @param now milliseconds since the epoch */
  constructor(
    instance: Instance,
    private readonly now: () => number = Date.now,
  ) {
    this.current = initialState(now(), instance);
  }

  get state(): DaemonState {
    return this.current;
  }

  /** Calls every listener before it returns, in the order of their subscription. */
  readonly tell: Tell = (happening) => {
    const before = this.current;
    const news: News = { ...happening, at: this.now() };
    this.current = reduce(before, news);
    for (const listener of this.listeners) listener(news, this.current, before);
  };

  /** Subscribes a listener. The function returned ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
