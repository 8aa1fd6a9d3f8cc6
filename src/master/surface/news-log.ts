/** The daemon's news as lines of the log. */
import { count } from '../../shared/in-words.js';
import { SUBJECTS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { nameOf } from '../../shared/seccomp/filter.js';
import { levelOf } from '../ledger.js';
import type { Listener } from '../ledger.js';
import type { News } from '../news.js';
import type { Payload } from '../../shared/messages.js';
import { differencesIn } from '../../shared/verification.js';
import { inWords } from './differences.js';
import { destinationAmongOthers, lastingOf, pendingOf } from '../state.js';
import type { DaemonState } from '../state.js';
import type { LogEvent } from './journal.js';
import type { Log } from './log.js';
import { eventOf } from './status.js';

/** Logs the news that users need. The progress of the initial sync is shown on one line. */
export function newsLog(log: Pick<Log, 'write' | 'progress'>): Listener {
  let standsBy = false;
  return (news, state, before) => {
    if (news.kind === 'message' && news.message.name === 'progress') {
      const { done, total } = news.message;
      const text = total > 0 ? `initial sync ${done}/${total}` : `initial sync ${done}`;
      return log.progress(ofDestination(state, news.member.name) + text);
    }
    const traced = traceOf(news);
    if (traced !== undefined) log.write('debug4', traced);
    const line = lineOf(news, state);
    if (line !== undefined) log.write(line[0], line[1], aboutOf(news, state, before));
    for (const text of newlyRefused(state, before)) log.write('warning', text);
    if (state.status === before.status) return;
    // A pause has been logged.
    if (state.status === 'hold on' && !state.paused) {
      standsBy = true;
      log.write('info', 'standing by: nothing is synced for now', 'status');
    } else if (standsBy) {
      standsBy = false;
      log.write('info', 'no longer standing by', 'status');
    }
  };
}

/** As `clsync ctl events` names it. */
function aboutOf(news: News, state: DaemonState, before: DaemonState): LogEvent | undefined {
  const isFailure =
    news.kind === 'message' &&
    news.message.name === 'executorRecord' &&
    SUBJECTS[news.message.about] === 'failed';
  return isFailure ? 'failed' : eventOf(news, state, before)?.event;
}

/** A system call that a role is refused for the first time. Others are only counted. */
function newlyRefused({ refused }: DaemonState, before: DaemonState): string[] {
  if (refused === before.refused) return [];
  return [...refused].flatMap(([role, calls]) =>
    [...calls.keys()]
      .filter((call) => before.refused.get(role)?.has(call) !== true)
      .map(
        (call) => `the ${role} was refused a system call that it has no use for: ${nameOf(call)}`,
      ),
  );
}

/** A message of a role; undefined: it is none, or a line by itself. */
function traceOf(news: News): string | undefined {
  if (news.kind !== 'message') return undefined;
  const { name, ...fields } = news.message;
  if (name === 'watcherRecord' || name === 'executorRecord') return undefined;
  const shown = Object.entries(fields).map(([field, value]: [string, unknown]) => [
    field,
    value instanceof Uint8Array ? `${value.length} bytes` : value,
  ]);
  return `${news.member.name} to master: ${name} ${JSON.stringify(Object.fromEntries(shown))}`;
}

/** The line for a piece of news; undefined: it is not logged. */
export function lineOf(news: News, state: DaemonState): [level: Level, text: string] | undefined {
  switch (news.kind) {
    case 'record':
      return [news.level, news.text];
    case 'paused':
      return ['info', news.isPaused ? 'paused: no handler is called' : 'resumed'];
    case 'rulesDone':
      return ['info', 'the new rules are in force'];
    case 'restarting':
      return ['warning', `${news.reason}; starting again in ${news.pause / 1000} s`];
    case 'message': {
      const line = lineOfMessage(news.message, state);
      return line && [line[0], ofDestination(state, news.member.name) + line[1]];
    }
    case 'away':
      return news.pause === undefined
        ? undefined // the ground says what is waited for
        : [
            'error',
            `${ofDestination(state, news.member.name)}${news.reason}; starting again in ${news.pause / 1000} s`,
          ];
    default:
      return undefined;
  }
}

/** What a line of several destinations begins with. */
function ofDestination(state: DaemonState, member: string): string {
  const destination = destinationAmongOthers(state, member);
  return destination === undefined ? '' : `${destination}: `;
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
        message.lazy === 1
          ? `watching all directories (in ${seconds(message.milliseconds)}, as none has to be looked at)`
          : `watching ${count(message.directories, 'directory', 'directories')} (found in ` +
            `${seconds(message.milliseconds)})`,
      ];
    case 'synced':
      return [
        'info',
        message.initial === 1
          ? `initial sync done in ${seconds(message.milliseconds)}` +
            (message.paths === 0 ? ' (0 paths)' : '')
          : `synced ${count(message.paths, 'path', 'paths')} in ${seconds(message.milliseconds)}` +
            listed(message.names),
      ];
    case 'verified':
      return verifiedInWords(message);
    case 'lasting':
      return message.program === '' ? undefined : ['warning', lastingOf(state) ?? ''];
    case 'counters':
    case 'backlog':
      return ['debug2', countsOf(state)];
    default:
      return undefined;
  }
}

function verifiedInWords({
  differences,
  failures,
  milliseconds,
  rows,
}: Payload<'verified'>): [level: Level, text: string] {
  const named = differencesIn(rows).map(inWords);
  const more = differences > named.length ? `; and ${differences - named.length} more` : '';
  const unseen =
    failures === 0 ? '' : `; ${count(failures, 'path', 'paths')} could not be compared`;
  const what =
    differences === 0
      ? 'nothing differs'
      : `${count(differences, 'path differs', 'paths differ')} (clsync ctl resync PATH makes it ` +
        `equal): ${named.join('; ')}${more}`;
  const level = differences + failures === 0 ? 'info' : 'warning';
  return [level, `compared in ${seconds(milliseconds)}: ${what}${unseen}`];
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

/** @param names one to a line; empty: there are too many */
function listed(names: string): string {
  const quoted = names.split('\n').map((name) => `"${name}"`);
  return names === '' ? '' : `: ${quoted.join(', ')}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000
    ? `${(milliseconds / 1000).toFixed(2)} s`
    : `${Math.round(milliseconds / 1000)} s`;
}
