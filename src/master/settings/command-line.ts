/**
 * The command line in the syntax of getopt_long(3): values attached or as the next word, long
 * options abbreviated, values of flags only attached, words that are not options anywhere between.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { display, fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { candidates, findOption, nearest, OPTION_NAMES, optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import type { Assignment } from './assignment.js';
import { strayWord } from './stray-words.js';
import type { BareOption } from './stray-words.js';

/**
 * The words after the program's name, from /proc: Node decodes its argv as UTF-8, which loses all
 * other bytes. Throws ClsyncError (NO_PROC).
 */
export function readCommandLine(): BytePath[] {
  if (ownNumber() !== String(process.pid)) throw new ClsyncError('NO_PROC');
  const words = fromBuffer(readFileSync('/proc/self/cmdline'))
    .split('\0')
    .slice(0, -1) as BytePath[];
  return words.slice(words.length - (process.argv.length - 2));
}

/** This process's number in the pid namespace of /proc; undefined when /proc is not mounted. */
function ownNumber(): string | undefined {
  try {
    return readlinkSync('/proc/self');
  } catch {
    return undefined;
  }
}

/**
 * Passes every option to `assign` in its order, also the options before an error. Returns the other
 * words, which are the handler's arguments. Calls `stray` with a warning for each of them that is
 * not behind `--` and so may be misplaced. Throws ClsyncError.
 */
export function parseCommandLine(
  words: readonly BytePath[],
  assign: (assignment: Assignment) => void,
  stray: (sentence: string) => void = () => undefined,
): BytePath[] {
  let operands: BytePath[] = [];
  const command = new Command('clsync')
    .helpOption(false)
    .argument('[words...]')
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .action((found: string[]) => {
      operands = found as BytePath[];
    });
  const { known, names, error } = normalise(words, stray);
  // No others, as commander compares each with all before it: a tenth of the master's start.
  for (const name of names) {
    command.addOption(new Option(flags(name)));
    command.on(`option:${name}`, (text: string) => assign(assignment(name, text)));
  }
  try {
    command.parse(known, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const what = display(thrown.message.replace(/^error: /, '') as BytePath);
    const [option] = /--[a-z-]+/.exec(what) ?? [];
    throw thrown.code === 'commander.optionMissingArgument' && option !== undefined
      ? new ClsyncError('NO_VALUE', option)
      : new ClsyncError('USAGE', `${what}; see clsync --help`);
  }
  if (error !== undefined) throw error;
  return operands;
}

function flags(name: OptionName): string {
  return `--${name} ${takesNext(name) ? '<value>' : '[value]'}`;
}

/** Marks an option given without a value; no word of a command line contains a NUL. */
const BARE = '\0';

function assignment(name: OptionName, text: string): Assignment {
  const row = optionRow(name);
  const bare = text === BARE;
  return { name, text: (bare ? (row.bare ?? '1') : text) as BytePath, bare, origin: `--${name}` };
}

/** Whether the option takes the next word as its value when none is attached. */
function takesNext(name: OptionName): boolean {
  const row = optionRow(name);
  return row.kind !== 'flag' && row.kind !== 'counter' && row.bare === undefined;
}

interface Normalised {
  readonly known: readonly string[];
  /** The options among them. */
  readonly names: ReadonlySet<OptionName>;
  /** The error in the word after `words`. */
  readonly error?: ClsyncError;
}

/**
 * Writes all options by their long names, and marks those without a value, so that none takes the
 * next word.
 */
function normalise(words: readonly BytePath[], stray: (sentence: string) => void): Normalised {
  const known: string[] = [];
  const names = new Set<OptionName>();
  /** The option before the word, if it has no value yet. */
  let bare: BareOption | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as BytePath;
    if (word === '--') return { known: [...known, ...words.slice(i)], names };
    if (word.length < 2 || word[0] !== '-') {
      known.push(word);
      stray(strayWord(word, bare));
      bare = undefined;
      continue;
    }
    const option = word.startsWith('--') ? long(word) : short(word);
    if (option instanceof ClsyncError) return { known, names, error: option };
    const { name, value } = option;
    names.add(name);
    bare = undefined;
    if (value !== undefined) known.push(`--${name}=${value}`);
    else if (takesNext(name) || isSwitch(name, words[i + 1]))
      known.push(`--${name}`, ...words.slice(++i, i + 1));
    else {
      known.push(`--${name}=${BARE}`);
      bare = { name, written: word };
    }
  }
  return { known, names };
}

/**
 * Whether `next` is the value of a flag: the C program takes it as a separate word for a few flags.
 */
function isSwitch(name: OptionName, next: string | undefined): boolean {
  const row = optionRow(name);
  return row.kind === 'flag' && row.argument !== undefined && (next === '0' || next === '1');
}

interface Parsed {
  readonly name: OptionName;
  readonly value: string | undefined;
}

function long(word: BytePath): Parsed | ClsyncError {
  const equals = word.indexOf('=');
  const written = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const exact = findOption(written);
  if (exact !== undefined) return { name: exact, value };
  const found = candidates(written);
  if (found.length > 1)
    return new ClsyncError(
      'AMBIGUOUS_OPTION',
      display(`--${written}` as BytePath),
      found.map((name) => `--${name}`).join(', '),
    );
  const [name] = found;
  if (name === undefined) return unknownOption(`--${written}`, nearest(written));
  return { name, value };
}

function short(word: BytePath): Parsed | ClsyncError {
  const letter = word[1];
  const name = OPTION_NAMES.find((candidate) => optionRow(candidate).short === letter);
  if (name === undefined) return unknownOption(word.slice(0, 2), undefined);
  return { name, value: word.length > 2 ? word.slice(2) : undefined };
}

export function unknownOption(written: string, near: OptionName | undefined): ClsyncError {
  return new ClsyncError(
    'UNKNOWN_OPTION',
    display(written as BytePath),
    near === undefined ? 'see clsync --help' : `did you mean --${near}?`,
  );
}
