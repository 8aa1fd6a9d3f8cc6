/** `clsync ctl`: one command to the control socket of a running daemon. */
import { ControlClient, ControlError } from '../client/control.js';
import { display, fromText, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { CONTROL_WORDS, REPLY } from '../shared/control.js';
import type { ControlWord } from '../shared/control.js';
import { ClsyncError } from '../shared/errors.js';
import type { Assignment } from './settings/assignment.js';
import { findOption } from './options/table.js';
import { startDirectory } from './paths.js';
import { readFile } from './read-file.js';
import { parseCommandLine } from './settings/command-line.js';
import { Configuration } from './settings/configuration.js';
import { variableOf } from '../shared/program-search.js';
import type { StartContext } from './settings/start-context.js';
import { judgeOf } from './trust.js';
import { absolute } from '../shared/program-search.js';

interface Command {
  /** Names of its arguments, all of them required. */
  readonly takes: readonly string[];
  /** Carries the command out and returns the text to print. */
  readonly run: (client: ControlClient, words: readonly string[]) => Promise<string>;
}

const COMMANDS: Readonly<Record<ControlWord, Command>> = {
  VERSION: {
    takes: [],
    run: async (client) => {
      const { major, minor, suffix } = await client.version();
      return `${major}.${minor}${suffix}\n`;
    },
  },
  INFO: { takes: [], run: async (client) => (await client.info()).text + '\n' },
  DUMP: {
    takes: ['DIRECTORY'],
    run: silently((client, [directory = '']) => client.dump(directory)),
  },
  SET: {
    takes: ['OPTION', 'VALUE'],
    run: silently((client, [option = '', value = '']) => set(client, option, value)),
  },
  RESYNC: { takes: [], run: silently((client) => client.resync()) },
  APPROVE: { takes: [], run: silently((client) => client.approve()) },
  DIE: { takes: [], run: silently((client) => client.die()) },
  QUIT: { takes: [], run: silently((client) => client.quit()) },
};

/** Of a rules file that the daemon may not read, it gets what we may read. */
async function set(client: ControlClient, option: string, value: string): Promise<void> {
  try {
    await client.set(option, value);
  } catch (error) {
    const isRefused = error instanceof ControlError && error.reply === REPLY.invalid;
    if (!isRefused || findOption(option) !== 'rules-file') throw error;
    const path = absolute(fromText(value), startDirectory());
    const rules = readable(path);
    if (rules === undefined) throw error;
    await client.setRules(text(path), rules);
  }
}

/** undefined: it is not ours to read, or others could have changed it. */
function readable(path: BytePath): Buffer | undefined {
  try {
    return readFile(path, { judge: judgeOf({ trustFiles: false }) }).bytes;
  } catch {
    return undefined;
  }
}

function silently(
  run: (client: ControlClient, words: readonly string[]) => Promise<void>,
): Command['run'] {
  return async (client, words) => {
    await run(client, words);
    return '';
  };
}

/**
 * Runs `clsync ctl` with `words`, its arguments. The socket is the one of --socket, or of the
 * configuration block. Returns the text to print. Throws ClsyncError.
 */
export async function control(words: readonly BytePath[], around: StartContext): Promise<string> {
  const options: Assignment[] = [];
  const [name = '', ...rest] = parseCommandLine(words, (assignment) =>
    options.push(assignment),
  ).map(text);
  const word = CONTROL_WORDS.find((known) => known === name.toUpperCase());
  const command = word === undefined ? undefined : COMMANDS[word];
  if (command === undefined || rest.length !== command.takes.length)
    throw new ClsyncError('USAGE', usage(name, command));
  const { socket } = Configuration.read(
    options,
    [],
    variableOf(around.environment, 'HOME'),
    () => undefined,
  ).resolve().values;
  if (socket === undefined)
    throw new ClsyncError(
      'USAGE',
      'which daemon? Name its control socket with --socket, or its configuration block with ' +
        '--config-block',
    );
  const path = absolute(socket, around.directory);
  try {
    const client = await ControlClient.connect(text(path));
    const output = await command.run(client, rest);
    client.close();
    return output;
  } catch (error) {
    if (error instanceof ControlError) throw new ClsyncError('CONTROL', error.message);
    throw new ClsyncError(
      'CONTROL',
      `${display(path)}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function usage(name: string, command: Command | undefined): string {
  if (command === undefined)
    return `clsync ctl [--socket PATH] COMMAND: the commands are ${CONTROL_WORDS.join(', ')}`;
  return (
    `clsync ctl ${[name, ...command.takes].join(' ')}: ${command.takes.length} arguments are ` +
    'needed'
  );
}

function text(path: BytePath): string {
  return toBuffer(path).toString('utf8');
}
