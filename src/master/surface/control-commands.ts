/** The commands of the control socket: one row each. */
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import {
  decodeLine,
  encodeLine,
  PROTOCOL,
  REPLY,
  REQUEST,
  stringArgument,
} from '../../shared/control.js';
import type { ControlMessage } from '../../shared/control.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Instance } from '../state.js';
import { version } from './help.js';

/** The part of the daemon that commands can read and change. */
export interface ControlTarget {
  readonly state: { readonly instance: Instance };
  /** Dumps the state. Rejects with ClsyncError when it cannot be written. */
  dumpTo(directory: BytePath): Promise<void>;
  /** Changes an option. Throws ClsyncError; then nothing has changed. */
  set(option: BytePath, value: BytePath): void;
  resync(): void;
  endNow(): void;
}

export interface Answer {
  readonly reply: Buffer;
  /** Whether the connection is closed after this reply. */
  readonly last?: boolean;
}

type Command = (request: ControlMessage, target: ControlTarget) => Answer | Promise<Answer>;

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [REQUEST.negotiation, negotiate],
  [REQUEST.version, tellVersion],
  [REQUEST.info, tellInfo],
  [REQUEST.dump, dump],
  [REQUEST.set, set],
  [REQUEST.resync, resync],
  [REQUEST.die, die],
  [
    REQUEST.quit,
    ({ number }) => ({ reply: encodeLine(number, REPLY.bye, [], 'Bye.'), last: true }),
  ],
]);

export function answer(line: BytePath, target: ControlTarget): Answer | Promise<Answer> {
  const request = decodeLine(line);
  if (request === undefined)
    return {
      reply: encodeLine(0, REPLY.malformed, [], 'Not a command: NUMBER COMMAND [ARGUMENTS]'),
    };
  const { number, command } = request;
  const run = COMMANDS.get(command);
  return run === undefined
    ? {
        reply: encodeLine(
          number,
          REPLY.unknown,
          [String(command), String(number)],
          'Unknown command.',
        ),
      }
    : run(request, target);
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
  const text =
    `config_block == "${display(block)}"; label == "${display(label)}"; flags == ` +
    `${flags.toString(16)}; flags_set == ${given.toString(16)}.`;
  return {
    reply: encodeLine(
      number,
      REPLY.info,
      [stringArgument(block), stringArgument(label), flags.toString(16), given.toString(16)],
      text,
    ),
  };
}

async function dump(request: ControlMessage, target: ControlTarget): Promise<Answer> {
  const [directory] = request.arguments;
  if (directory === undefined) return invalid(request, 'A directory is missing.');
  try {
    await target.dumpTo(directory);
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

function set(request: ControlMessage, target: ControlTarget): Answer {
  const [option, ...words] = request.arguments;
  if (option === undefined || words.length === 0)
    return invalid(request, 'An option and a value are needed.');
  try {
    target.set(option, words.join(' ') as BytePath);
    return { reply: encodeLine(request.number, REPLY.set, [], 'Set') };
  } catch (error) {
    if (!(error instanceof ClsyncError)) throw error;
    return invalid(request, error.message);
  }
}

function resync({ number }: ControlMessage, target: ControlTarget): Answer {
  target.resync();
  return { reply: encodeLine(number, REPLY.resync, [], 'A full sync was asked for.') };
}

function die({ number }: ControlMessage, target: ControlTarget): Answer {
  target.endNow();
  return { reply: encodeLine(number, REPLY.die, [], 'Bye.'), last: true };
}

function invalid({ number, command }: ControlMessage, why: string): Answer {
  return {
    reply: encodeLine(
      number,
      REPLY.invalid,
      [String(command), String(number)],
      `Rejected command: id == ${command}; num == ${number}. Invalid arguments: ${why}`,
    ),
  };
}
