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
import { codeOf, systemReason } from '../../shared/system-errors.js';
import { COMMANDS } from './commands.js';
import type { Command } from './commands.js';
import { takeFlags } from './flags.js';
import type { Flags } from './flags.js';
import { table } from './tables.js';
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
  if (others.some((word) => word === '--help' || word === '-h')) return helpOf(print);
  if (others.some((word) => word === '--repair'))
    throw new ClsyncError(
      'USAGE',
      'clsync ctl changes no copy: clsync verify SOURCE COPY --repair',
    );
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
  checkFlags(name, command, flags);
  if (command.together !== undefined) {
    const isNamed = flags.name !== undefined || options.length > 0;
    const one = isNamed && !flags.all ? oneOf(options, flags, around) : undefined;
    return command.together(() => one ?? allSockets(), process.env);
  }
  const every = flags.all || command.all === true;
  const sockets = every ? allSockets() : oneOf(options, flags, around);
  if (sockets.length === 0) {
    const none = new ClsyncError('NO_INSTANCES');
    if (command.all !== true) throw ofCommand(none, command);
    if (!flags.json) complain(`${none.message}\n`);
    return 0;
  }
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
      await command.run({ client, name: shownName(socket), words, flags, print });
    } finally {
      clearTimeout(timer);
      client.close();
    }
    return 0;
  } catch (error) {
    const failure = failureOf(error, socket, command);
    if (!goesOn) throw failure;
    complain(`error: ${shownName(socket)}: ${failure.message}\n`);
    return failure.exit;
  }
}

function failureOf(error: unknown, socket: BytePath, command: Command): ClsyncError {
  return ofCommand(inWords(error, socket), command);
}

/** The 1 of a comparison says that something differs. */
function ofCommand(failure: ClsyncError, command: Command): ClsyncError {
  return command === COMMANDS.VERIFY && !COMPARED.includes(failure.code)
    ? new ClsyncError('NOT_VERIFIED', failure.message)
    : failure;
}

/** What a comparison that was made can end with. */
const COMPARED: readonly string[] = ['DIFFERENT', 'NOT_LOOKED_AT'];

function inWords(error: unknown, socket: BytePath): ClsyncError {
  if (error instanceof ClsyncError) return error;
  if (error instanceof ControlError)
    return new ClsyncError('CONTROL', error.message.replace(PREAMBLE, '').replace(/\.$/, ''));
  if (['ENOENT', 'ECONNREFUSED'].includes(codeOf(error) ?? ''))
    return new ClsyncError('NO_INSTANCE', display(socket));
  return new ClsyncError('CANNOT_ASK', display(socket), systemReason(error));
}

const shownName = (socket: BytePath): string => display(nameOf(socket) as BytePath);

/** None where no daemon has one. */
function oneOf(
  options: readonly Assignment[],
  flags: Flags,
  around: StartContext,
): readonly BytePath[] {
  if (flags.name !== undefined) return [socketNamed(flags.name)];
  const { values, given } = Configuration.read(
    options,
    [],
    variableOf(around.environment, 'HOME'),
    () => undefined,
  ).resolve();
  if (values.socket !== undefined) return [absolute(values.socket, around.directory)];
  if (given.has('config-block'))
    throw new ClsyncError('NO_SOCKET_IN_BLOCK', display(values['config-block']));
  const all = allSockets();
  if (all.length < 2) return all;
  throw new ClsyncError(
    'USAGE',
    `which daemon? There are ${all.map(shownName).join(', ')}: name one with --name, its ` +
      'control socket with --socket, or its configuration block with --config-block; --all asks all',
  );
}

/** A flag that the command has no use for would say nothing. */
function checkFlags(name: string, { flags: taken = [] }: Command, flags: Flags): void {
  const odd = PARTICULAR.find((flag) => Boolean(flags[flag]) && !taken.includes(flag));
  if (odd === undefined) return;
  const of = CONTROL_WORDS.filter((word) => COMMANDS[word].flags?.includes(odd));
  throw new ClsyncError(
    'USAGE',
    `clsync ctl ${name}: takes no --${odd}, which is for ${of.join(', ').toLowerCase()}`,
  );
}
const PARTICULAR = ['follow', 'checksum', 'timeout'] as const;

function helpOf(print: (text: string) => void): number {
  const rows = CONTROL_WORDS.map((word) => {
    const { takes, optional, flags = [], does } = COMMANDS[word];
    const words = [
      ...takes,
      ...bracketed(optional),
      ...bracketed(flags.map((flag) => FLAGS[flag])),
    ];
    return [`  ${[word.toLowerCase(), ...words].join(' ')}`, does];
  });
  print(`Usage: ${USAGE}\n\n${table(rows)}\nThe manual page clsync(1) says more.\n`);
  return 0;
}
const FLAGS = { follow: '--follow', checksum: '--checksum', timeout: '--timeout SECONDS' } as const;
const USAGE = 'clsync ctl [--socket PATH|--name NAME|--all] [--json] COMMAND [ARGUMENT...]';

const bracketed = (words: readonly string[] = []): string[] => words.map((one) => `[${one}]`);

function usage(name: string, command: Command | undefined): string {
  const words = CONTROL_WORDS.map((word) => word.toLowerCase());
  if (command === undefined) {
    const near = name === '' ? undefined : nearestOf(name.toLowerCase(), words);
    if (near !== undefined) return `clsync ctl ${name}: did you mean ${near}?`;
    return (
      `${USAGE}: ${name === '' ? 'no command' : `there is no command "${name}"`}; the commands are ` +
      words.join(', ')
    );
  }
  const { takes, optional = [] } = command;
  const given = [name, ...takes, ...bracketed(optional)].join(' ');
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
