/** `clsync ctl`: one command to the control sockets of running daemons. */
import { ControlClient, ControlError } from '../../client/control.js';
import { display, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { CONTROL_WORDS } from '../../shared/control.js';
import { ClsyncError } from '../../shared/errors.js';
import { count } from '../../shared/in-words.js';
import { absolute, variableOf } from '../../shared/program-search.js';
import { nearestOf } from '../options/nearest.js';
import type { Assignment } from '../settings/assignment.js';
import { parseCommandLine } from '../settings/command-line.js';
import { Configuration } from '../settings/configuration.js';
import type { StartContext } from '../settings/start-context.js';
import { complain } from '../surface/print.js';
import { COMMANDS } from './commands.js';
import type { Command } from './commands.js';
import { takeFlags } from './flags.js';
import type { Flags } from './flags.js';
import { allSockets, nameOf, socketNamed } from '../../shared/sockets.js';

/** Milliseconds until a daemon is left that should have answered at once. */
const PATIENCE = 10_000;
/** What the protocol says before the reason of a refusal. */
const PREAMBLE = /^Rejected command: id == \d+; num == \d+\. (?:Invalid arguments: )?/;

/**
 * Runs `clsync ctl` with `words`, its arguments. The socket is the one of --socket, of --name, of
 * the configuration block, or the only one in /run/clsync. Passes text to `print`; returns the exit
 * status. Throws ClsyncError.
 */
export async function control(
  words: readonly BytePath[],
  around: StartContext,
  print: (text: string) => void,
): Promise<number> {
  const [flags, others] = takeFlags(words);
  const options: Assignment[] = [];
  const [name = '', ...rest] = parseCommandLine(others, (assignment) =>
    options.push(assignment),
  ).map(text);
  const word = CONTROL_WORDS.find((known) => known === name.toUpperCase());
  const command = word === undefined ? undefined : COMMANDS[word];
  const optional = command?.optional?.length ?? 0;
  const excess = rest.length - (command?.takes.length ?? 0);
  if (command === undefined || excess < 0 || excess > optional)
    throw new ClsyncError('USAGE', usage(name, command));
  if (command.together !== undefined) {
    const isNamed = flags.name !== undefined || options.length > 0;
    const one = isNamed && !flags.all ? [socketOf(options, flags, around)] : undefined;
    return command.together(() => one ?? allSockets(), process.env);
  }
  const every = flags.all || command.all === true;
  const sockets = every ? allSockets() : [socketOf(options, flags, around)];
  let worst = 0;
  for (const socket of sockets) {
    worst = Math.max(worst, await ask(socket, command, rest, flags, print, every));
  }
  if (command.end !== undefined) print(command.end(flags));
  return worst;
}

/** @param goesOn a daemon that does not answer is named, and the others are asked */
async function ask(
  socket: BytePath,
  command: Command,
  words: readonly string[],
  flags: Flags,
  print: (text: string) => void,
  goesOn: boolean,
): Promise<number> {
  try {
    const client = await ControlClient.connect(text(socket));
    const leave = (): void => client.close('it does not answer');
    const timer = command.isQuick && setTimeout(leave, PATIENCE);
    try {
      await command.run({ client, words, flags, print });
    } finally {
      clearTimeout(timer);
      client.close();
    }
    return 0;
  } catch (error) {
    const failure = failureOf(error, socket);
    if (!goesOn) throw failure;
    complain(`error: ${nameOf(socket)}: ${failure.message}\n`);
    return failure.exit;
  }
}

function failureOf(error: unknown, socket: BytePath): ClsyncError {
  if (error instanceof ClsyncError) return error;
  if (error instanceof ControlError)
    return new ClsyncError('CONTROL', error.message.replace(PREAMBLE, ''));
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (['ENOENT', 'ECONNREFUSED'].includes(code))
    return new ClsyncError('NO_INSTANCE', display(socket));
  return new ClsyncError(
    'CANNOT_ASK',
    display(socket),
    error instanceof Error ? error.message : String(error),
  );
}

function socketOf(options: readonly Assignment[], flags: Flags, around: StartContext): BytePath {
  if (flags.name !== undefined) return socketNamed(flags.name);
  const { socket } = Configuration.read(
    options,
    [],
    variableOf(around.environment, 'HOME'),
    () => undefined,
  ).resolve().values;
  if (socket !== undefined) return absolute(socket, around.directory);
  const [only, ...more] = allSockets();
  if (only !== undefined && more.length === 0) return only;
  throw new ClsyncError(
    'USAGE',
    'which daemon? Name its control socket with --socket, its name in /run/clsync with --name, or ' +
      'its configuration block with --config-block; --all asks all in /run/clsync',
  );
}

function usage(name: string, command: Command | undefined): string {
  const words = CONTROL_WORDS.map((word) => word.toLowerCase());
  if (command === undefined) {
    const near = name === '' ? undefined : nearestOf(name.toLowerCase(), words);
    if (near !== undefined) return `clsync ctl ${name}: did you mean ${near}?`;
    return (
      `clsync ctl [--socket PATH|--name NAME|--all] [--json] COMMAND: the commands are ` +
      words.join(', ')
    );
  }
  const { takes, optional = [] } = command;
  const given = [name, ...takes, ...optional.map((one) => `[${one}]`)].join(' ');
  const most = takes.length + optional.length;
  const needed =
    most === 0
      ? 'it takes no arguments'
      : optional.length > 0
        ? `it takes ${count(most, 'argument', 'arguments')} at most`
        : `${count(most, 'argument is', 'arguments are')} needed`;
  return `clsync ctl ${given}: ${needed}`;
}

function text(path: BytePath): string {
  return toBuffer(path).toString('utf8');
}
