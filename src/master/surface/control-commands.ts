/** The commands of the control socket: one row each, with who may use it. */
import { ROOT, display, fromText, isRelative } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import {
  decodeLine,
  encodeLine,
  partLines,
  rulesIn,
  PROTOCOL,
  REPLY,
  REQUEST,
  stringArgument,
} from '../../shared/control.js';
import type { ControlMessage } from '../../shared/control.js';
import { ClsyncError } from '../../shared/errors.js';
import { heldOf, lastingOf } from '../state.js';
import type { DaemonState } from '../state.js';
import { denied, failed, invalid } from './control-answers.js';
import type { Answer, Session } from './control-answers.js';
import { mayUse } from './control-rights.js';
import type { Tier } from './control-rights.js';
import type { DumpSink } from './dump.js';
import { version } from './help.js';
import {
  compare,
  flush,
  pause,
  reload,
  setLogLevel,
  tellEvents,
  tellQueue,
  tellStatus,
} from './steering-commands.js';
import type { Steering } from './steering-commands.js';

/** The part of the daemon that commands can read and change. */
export interface ControlTarget {
  readonly state: Pick<DaemonState, 'instance' | 'executors'>;
  readonly steering: Steering;
  /** Dumps the state. Rejects with ClsyncError when it cannot be written. */
  dumpTo(directory: BytePath): Promise<void>;
  /** The same, for a client that writes it itself. */
  describeTo(sink: DumpSink): Promise<void>;
  /**
   * Changes an option; `paths`: also one that names a path. Throws ClsyncError, PATH_OPTION where a
   * path would change; then nothing has changed.
   */
  set(option: BytePath, value: BytePath, paths: boolean): void;
  /**
   * Takes the content of a rules file at this path. Throws ClsyncError; then nothing has changed.
   */
  setRules(path: BytePath, content: Buffer): void;
  resync(): void;
  /** Returns whether something is held. */
  approve(): boolean;
  endNow(by: string): void;
  /** Resolves when what was ordered so far is in force. Rejects with ClsyncError. */
  inForce(): Promise<void>;
}

type Run = (
  request: ControlMessage,
  target: ControlTarget,
  session: Session,
) => Answer | Promise<Answer>;

interface Command {
  readonly tier: Tier;
  /** Its argument is a path. */
  readonly names?: true;
  /** It is answered when it is in force. */
  readonly orders?: true;
  readonly run: Run;
}

/** Bytes of a file that takes several commands, as of one that is read. */
const UPLOAD_MAX = 4 << 20;

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [REQUEST.negotiation, { tier: 'read', run: negotiate }],
  [REQUEST.version, { tier: 'read', run: tellVersion }],
  [REQUEST.info, { tier: 'read', run: tellInfo }],
  [REQUEST.status, { tier: 'read', run: tellStatus }],
  [REQUEST.queue, { tier: 'view', run: tellQueue }],
  [REQUEST.events, { tier: 'view', run: tellEvents }],
  [REQUEST.quit, { tier: 'read', run: quit }],
  [REQUEST.resync, { tier: 'steer', orders: true, run: resync }],
  [REQUEST.approve, { tier: 'steer', orders: true, run: approve }],
  [
    REQUEST.pause,
    { tier: 'steer', orders: true, run: (asked, target) => pause(asked, target, true) },
  ],
  [
    REQUEST.resume,
    { tier: 'steer', orders: true, run: (asked, target) => pause(asked, target, false) },
  ],
  [REQUEST.flush, { tier: 'steer', run: flush }],
  [REQUEST.verify, { tier: 'steer', run: compare }],
  [REQUEST.die, { tier: 'steer', run: die }],
  [REQUEST.set, { tier: 'configure', orders: true, run: set }],
  [REQUEST.describe, { tier: 'configure', run: describe }],
  [REQUEST.rules, { tier: 'configure', names: true, orders: true, run: takeRules }],
  [REQUEST.dump, { tier: 'configure', names: true, run: dump }],
  [REQUEST.reload, { tier: 'configure', orders: true, run: reload }],
  [REQUEST.logLevel, { tier: 'configure', orders: true, run: setLogLevel }],
]);

/** With the rights that each of them has. */
const WHO = 'root, the user who started clsync, and whom --socket-own lets in';

export function answer(
  line: BytePath,
  target: ControlTarget,
  session: Session,
): Answer | Promise<Answer> {
  const request = decodeLine(line);
  if (request === undefined)
    return {
      reply: encodeLine(0, REPLY.malformed, [], 'Not a command: NUMBER COMMAND [ARGUMENTS]'),
    };
  const { number, command } = request;
  const words = [String(command), String(number)];
  const found = COMMANDS.get(command);
  if (found === undefined)
    return { reply: encodeLine(number, REPLY.unknown, words, 'Unknown command.') };
  const { rights } = session;
  if (!mayUse(rights, found.tier))
    return denied(request, `it is for who may ${found.tier}: ${WHO}`);
  if (found.names === true && !rights.paths)
    return denied(request, 'paths are for root and the user who started clsync');
  const answered = found.run(request, target, session);
  return found.orders === true ? onceInForce(request, target, answered) : answered;
}

async function onceInForce(
  request: ControlMessage,
  target: ControlTarget,
  answered: Answer | Promise<Answer>,
): Promise<Answer> {
  const answer = await answered;
  try {
    await target.inForce();
    return answer;
  } catch (error) {
    return failed(request, error);
  }
}

function negotiate(request: ControlMessage): Answer {
  const [wanted] = request.arguments;
  if (wanted !== undefined && Number(wanted) !== PROTOCOL)
    return invalid(request, 'Incorrect protocol id.');
  return {
    reply: encodeLine(
      request.number,
      REPLY.negotiation,
      [String(PROTOCOL)],
      `Protocol version is ${PROTOCOL}.`,
    ),
  };
}

function tellVersion({ number }: ControlMessage): Answer {
  const [major, minor] = version().split('.').map(Number) as [number, number];
  return {
    reply: encodeLine(
      number,
      REPLY.version,
      [String(major), String(minor), '-release'],
      `clsync v${major}.${minor}-release`,
    ),
  };
}

function tellInfo({ number }: ControlMessage, target: ControlTarget): Answer {
  const { block, label, flags, given } = target.state.instance;
  const lasting = lastingOf(target.state);
  const text =
    `config_block == "${display(block)}"; label == "${display(label)}"; flags == ` +
    `${flags.toString(16)}; flags_set == ${given.toString(16)}` +
    `${lasting === undefined ? '' : `; ${lasting}`}${heldInWords(target)}.`;
  return {
    reply: encodeLine(
      number,
      REPLY.info,
      [stringArgument(block), stringArgument(label), flags.toString(16), given.toString(16)],
      text,
    ),
  };
}

function heldInWords({ state }: ControlTarget): string {
  const held = heldOf(state);
  return held === undefined ? '' : `; deletions held == ${held.paths} (${held.reason})`;
}

async function dump(request: ControlMessage, target: ControlTarget): Promise<Answer> {
  const [directory] = request.arguments;
  if (directory === undefined) return invalid(request, 'A directory is missing.');
  return dumped(request, directory, () => target.dumpTo(directory));
}

/** Parts of files, and the same reply as to `dump`: the client has the rights to write there. */
function describe(
  request: ControlMessage,
  target: ControlTarget,
  session: Session,
): Promise<Answer> {
  const write = (name: string, text: string): void => {
    for (const line of partLines(request.number, name, text))
      if (!session.send(line)) throw new ClsyncError('DUMP_UNREAD');
  };
  return dumped(request, fromText(''), () =>
    target.describeTo({ name: 'the client', write, close: () => undefined }),
  );
}

async function dumped(
  request: ControlMessage,
  directory: BytePath,
  dumping: () => Promise<void>,
): Promise<Answer> {
  try {
    await dumping();
    return { reply: encodeLine(request.number, REPLY.dump, [], 'Ready') };
  } catch (error) {
    if (!(error instanceof ClsyncError)) throw error;
    const words = [
      stringArgument(fromText('dump')),
      stringArgument(directory),
      String(error.exit),
      stringArgument(fromText(error.message)),
    ];
    return { reply: encodeLine(request.number, REPLY.failed, words, error.message) };
  }
}

function set(request: ControlMessage, target: ControlTarget, { rights }: Session): Answer {
  const [option, ...words] = request.arguments;
  if (option === undefined || words.length === 0)
    return invalid(request, 'An option and a value are needed.');
  try {
    target.set(option, words.join(' ') as BytePath, rights.paths);
    return { reply: encodeLine(request.number, REPLY.set, [], 'Set') };
  } catch (error) {
    if (!(error instanceof ClsyncError)) throw error;
    const refuse = error.code === 'PATH_OPTION' ? denied : invalid;
    return refuse(request, error.message);
  }
}

/** The rules of a file that the client has read with its own rights. */
function takeRules(request: ControlMessage, target: ControlTarget, session: Session): Answer {
  const found = rulesIn(request);
  if (found === undefined) return invalid(request, 'A path and a part of its content are needed.');
  session.upload.push(found.bytes);
  const size = session.upload.reduce((sum, { length }) => sum + length, 0);
  const isTooLong = size > UPLOAD_MAX;
  if (!isTooLong && !found.isLast)
    return { reply: encodeLine(request.number, REPLY.set, [], 'More is awaited') };
  const bytes = Buffer.concat(session.upload);
  session.upload = [];
  try {
    if (isTooLong) throw new ClsyncError('RULES_TOO_LONG', display(found.path));
    target.setRules(found.path, bytes);
    return { reply: encodeLine(request.number, REPLY.set, [], 'Set') };
  } catch (error) {
    if (!(error instanceof ClsyncError)) throw error;
    return invalid(request, error.message);
  }
}

function resync(request: ControlMessage, target: ControlTarget): Answer {
  const { number } = request;
  const [path] = request.arguments;
  if (path !== undefined && path !== ROOT) {
    if (!isRelative(path))
      return invalid(request, 'the path must be relative to the watch directory, without "..".');
    target.steering.resyncPath(path);
    return { reply: encodeLine(number, REPLY.resync, [], `"${display(path)}" is synced again.`) };
  }
  target.resync();
  return { reply: encodeLine(number, REPLY.resync, [], 'A full sync was asked for.') };
}

function approve({ number }: ControlMessage, target: ControlTarget): Answer {
  const [word, text] = target.approve()
    ? ['1', 'What was held is let go.']
    : ['0', 'Nothing is held.'];
  return { reply: encodeLine(number, REPLY.approve, [word], text) };
}

function die({ number }: ControlMessage, target: ControlTarget): Answer {
  target.endNow('clsync ctl DIE');
  return { reply: encodeLine(number, REPLY.die, [], 'Bye.'), last: true };
}

function quit({ number }: ControlMessage): Answer {
  return { reply: encodeLine(number, REPLY.bye, [], 'Bye.'), last: true };
}
