/** The daemon's news as lines of the log. */
import type { Level } from '../../shared/report.js';
import { levelOf } from '../ledger.js';
import type { Listener, News } from '../ledger.js';
import { lastingOf, pendingOf } from '../state.js';
import type { DaemonState } from '../state.js';
import type { Log } from './log.js';

/** Logs the news that users need. The progress of the initial sync is shown on one line. */
export function newsLog(log: Pick<Log, 'write' | 'progress'>): Listener {
  return (news, state) => {
    if (news.kind === 'message' && news.message.name === 'progress') {
      const { done, total } = news.message;
      return log.progress(total > 0 ? `initial sync ${done}/${total}` : `initial sync ${done}`);
    }
    const line = lineOf(news, state);
    if (line !== undefined) log.write(line[0], line[1]);
  };
}

/** The line for a piece of news; undefined: it is not logged. */
export function lineOf(news: News, state: DaemonState): [level: Level, text: string] | undefined {
  switch (news.kind) {
    case 'record':
      return [news.level, news.text];
    case 'rulesDone':
      return ['info', 'the new rules are in force'];
    case 'restarting':
      return ['warning', `${news.reason}; starting again in ${news.pause / 1000} s`];
    case 'message':
      return lineOfMessage(news.message, state);
    default:
      return undefined;
  }
}

function lineOfMessage(
  message: Extract<News, { kind: 'message' }>['message'],
  state: DaemonState,
): [level: Level, text: string] | undefined {
  switch (message.name) {
    case 'watcherRecord':
    case 'executorRecord':
      return [levelOf(message.level), message.text];
    case 'watching':
      return [
        'info',
        `watching ${count(message.directories, 'directory', 'directories')} (found in ` +
          `${seconds(message.milliseconds)})`,
      ];
    case 'synced':
      return [
        'info',
        message.initial === 1
          ? `initial sync done in ${seconds(message.milliseconds)}`
          : `synced ${count(message.paths, 'path', 'paths')} in ${seconds(message.milliseconds)}`,
      ];
    case 'lasting':
      return message.program === '' ? undefined : ['warning', lastingOf(state) ?? ''];
    case 'counters':
    case 'backlog':
      return ['debug1', countsOf(state)];
    default:
      return undefined;
  }
}

/**
 * The counts of pending and failing paths, the counters of the running watcher, and what has been
 * running for long.
 */
export function countsOf(state: DaemonState): string {
  const { directories, overflows, rescans } = state.watcher.counters;
  const { pending, failing } = pendingOf(state);
  return [
    count(directories, 'directory', 'directories'),
    `${pending} pending${failing > 0 ? ` (${failing} failing)` : ''}`,
    count(overflows, 'overflow', 'overflows'),
    count(rescans, 'rescan', 'rescans'),
    lastingOf(state),
  ]
    .filter((text) => text !== undefined)
    .join(', ');
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000
    ? `${(milliseconds / 1000).toFixed(2)} s`
    : `${Math.round(milliseconds / 1000)} s`;
}
