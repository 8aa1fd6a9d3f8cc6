/** The commands of the control socket that the C program does not have: to ask, and to steer. */
import { ROOT, isRelative } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { encodeLine, encodeRow, REPLY } from '../../shared/control.js';
import type { ControlMessage } from '../../shared/control.js';
import type { InstanceStatus } from '../../shared/control-status.js';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import type { Compared, Flushed } from '../questions.js';
import { failed, invalid } from './control-answers.js';
import type { Answer, Session } from './control-answers.js';
import { mayUse } from './control-rights.js';
import { inJson } from './differences.js';
import type { EventLog } from './event-log.js';

/** Milliseconds: of a flush for which nobody says how long it may take, and the longest. */
const FLUSH_LIMIT = 60_000;
const FLUSH_LONGEST = 86_400_000;
/** Events that wait for a client. */
const EVENTS_MAX = 1000;

/** What is asked of a running daemon, and told to it, beyond the commands of the C program. */
export interface Steering {
  /** @param detail also what names paths and programs */
  status(detail: boolean): InstanceStatus;
  /** What is pending at or beneath a path: rows of JSON. Rejects with ClsyncError. */
  pending(under: BytePath): Promise<readonly string[]>;
  readonly events: Pick<EventLog, 'recent' | 'subscribe'>;
  pause(isPaused: boolean): void;
  /** Resolves when everything is synced, or with what is not. @param limit milliseconds */
  flush(limit: number): Promise<Flushed>;
  /** Compares source and destination. Rejects with ClsyncError. @param checksum contents too */
  compare(checksum: boolean): Promise<Compared>;
  /** Has everything at and beneath a path synced again. */
  resyncPath(path: BytePath): void;
  logLevel(level: Level): void;
  /**
   * Reads the configuration and the rules again. Returns what cannot be changed, a sentence each.
   * Throws ClsyncError for a wrong file. A wrong configuration changes nothing; with a wrong rules
   * file the new configuration is in force, and the rules stay.
   */
  reload(): readonly string[];
}

export interface Steered {
  readonly steering: Steering;
}

export async function tellStatus(
  { number }: ControlMessage,
  { steering }: Steered,
  session: Session,
): Promise<Answer> {
  const status = steering.status(mayUse(session.rights, 'view'));
  await session.row(encodeRow(number, JSON.stringify(status)));
  return { reply: encodeLine(number, REPLY.status, [], 'Status') };
}

export async function tellQueue(
  request: ControlMessage,
  { steering }: Steered,
  session: Session,
): Promise<Answer> {
  const [under = ROOT] = request.arguments;
  if (under !== ROOT && !isRelative(under))
    return invalid(request, 'the path must be relative to the watch directory, without "..".');
  try {
    const rows = await steering.pending(under);
    for (const row of rows) await session.row(encodeRow(request.number, row));
    return { reply: encodeLine(request.number, REPLY.queue, [String(rows.length)], 'Queue') };
  } catch (error) {
    return failed(request, error);
  }
}

/** With the argument 1 it goes on until the client goes away. */
export async function tellEvents(
  { number, arguments: [follow] }: ControlMessage,
  { steering: { events } }: Steered,
  session: Session,
): Promise<Answer> {
  const reply = { reply: encodeLine(number, REPLY.events, [], 'Events') };
  const waiting = [...events.recent];
  let wake = (): void => undefined;
  const unsubscribe = events.subscribe((event) => {
    // A client that does not read gets the last ones.
    if (waiting.push(event) > EVENTS_MAX) waiting.shift();
    wake();
  });
  session.gone.addEventListener('abort', () => wake());
  while (!session.gone.aborted) {
    const event = waiting.shift();
    if (event !== undefined) await session.row(encodeRow(number, JSON.stringify(event)));
    else if (follow !== '1') break;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
  unsubscribe();
  return reply;
}

export function pause(
  { number }: ControlMessage,
  { steering }: Steered,
  isPaused: boolean,
): Answer {
  steering.pause(isPaused);
  const [reply, text] = isPaused
    ? [REPLY.pause, 'No further sync begins.']
    : [REPLY.resume, 'Syncing goes on.'];
  return { reply: encodeLine(number, reply, [], text) };
}

/** Its argument: milliseconds after which it says what is left. */
export async function flush(request: ControlMessage, { steering }: Steered): Promise<Answer> {
  const limit = Number(request.arguments[0] ?? FLUSH_LIMIT);
  if (!(limit > 0 && limit <= FLUSH_LONGEST)) return invalid(request, 'Milliseconds are needed.');
  try {
    const { left, text } = await steering.flush(limit);
    return { reply: encodeLine(request.number, REPLY.flush, [String(left)], text) };
  } catch (error) {
    return failed(request, error);
  }
}

/** With the argument 1 contents are read. Each row is a difference. */
export async function compare(
  request: ControlMessage,
  { steering }: Steered,
  session: Session,
): Promise<Answer> {
  const { number } = request;
  try {
    const { differences, failures, text } = await steering.compare(request.arguments[0] === '1');
    for (const one of differences) await session.row(encodeRow(number, inJson(one)));
    const counts = [String(differences.length), String(failures)];
    return { reply: encodeLine(number, REPLY.verify, counts, text) };
  } catch (error) {
    return failed(request, error);
  }
}

export async function reload(
  request: ControlMessage,
  { steering }: Steered,
  session: Session,
): Promise<Answer> {
  try {
    for (const sentence of steering.reload())
      await session.row(encodeRow(request.number, sentence));
    return { reply: encodeLine(request.number, REPLY.reload, [], 'Read again') };
  } catch (error) {
    return failed(request, error);
  }
}

export function setLogLevel(request: ControlMessage, { steering }: Steered): Answer {
  const level = levelNamed(request.arguments[0] ?? '');
  if (level === undefined)
    return invalid(request, `the levels are ${LEVELS.join(', ')}, and 0 to 5 as with -d.`);
  steering.logLevel(level);
  return { reply: encodeLine(request.number, REPLY.logLevel, [], `The level is ${level}.`) };
}

/** By its name, or by what -d takes. */
function levelNamed(name: string): Level | undefined {
  const wanted = /^[0-5]$/.test(name) ? LEVELS[LEVELS.indexOf('info') + Number(name)] : name;
  return LEVELS.find((known) => known === wanted);
}
