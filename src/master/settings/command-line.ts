/**
 * The command line in the syntax of getopt_long(3): values attached or apart, long options
 * abbreviated, flags with a value only when it is attached, words that are no options wherever they
 * stand.
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
 * The words after the program's name. Node decodes its own argv as UTF-8, and loses every byte that
 * is none; the kernel has them. Throws ClsyncError (NO_PROC).
 */
export function readCommandLine(): BytePath[] {
  if (ownNumber() !== String(process.pid)) throw new ClsyncError('NO_PROC');
  const words = fromBuffer(readFileSync('/proc/self/cmdline'))
    .split('\0')
    .slice(0, -1) as BytePath[];
  return words.slice(words.length - (process.argv.length - 2));
}

/** As /proc counts; undefined where it is not mounted. */
function ownNumber(): string | undefined {
  try {
    return readlinkSync('/proc/self');
  } catch {
    return undefined;
  }
}

/**
 * Hands every option to `assign` in its order (also those before an error), and returns the other
 * words: the handler's arguments. Of those that do not stand behind `--`, and so may be meant for
 * something else, `stray` is told in a sentence. Throws `ClsyncError`.
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
  for (const name of OPTION_NAMES) {
    command.addOption(new Option(flags(name)));
    command.on(`option:${name}`, (text: string) => assign(assignment(name, text)));
  }
  const { known, error } = normalise(words, stray);
  try {
    command.parse(known, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError)
      throw new ClsyncError('USAGE', display(thrown.message.replace(/^error: /, '') as BytePath));
    throw thrown;
  }
  if (error !== undefined) throw error;
  return operands;
}

function flags(name: OptionName): string {
  const { short } = optionRow(name);
  const letter = short === undefined ? '' : `-${short}, `;
  return `${letter}--${name} ${takesNext(name) ? '<value>' : '[value]'}`;
}

/** Stands for the value of an option given without one; no word of a command line holds a NUL. */
const BARE = '\0';

function assignment(name: OptionName, text: string): Assignment {
  const row = optionRow(name);
  const bare = text === BARE;
  return { name, text: (bare ? (row.bare ?? '1') : text) as BytePath, bare, origin: `--${name}` };
}

/** Whether a value that is not attached is the next word. */
function takesNext(name: OptionName): boolean {
  const row = optionRow(name);
  return row.kind !== 'flag' && row.kind !== 'counter' && row.bare === undefined;
}

interface Normalised {
  readonly known: readonly string[];
  /** What is wrong with the word after those. */
  readonly error?: ClsyncError;
}

/** Writes abbreviated names out and marks bare flags, so that none takes the word after it. */
function normalise(words: readonly BytePath[], stray: (sentence: string) => void): Normalised {
  const known: string[] = [];
  /** The option before a word, where that has no value yet. */
  let bare: BareOption | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as BytePath;
    if (word === '--') return { known: [...known, ...words.slice(i)] };
    if (word.length < 2 || word[0] !== '-') {
      known.push(word);
      stray(strayWord(word, bare));
      bare = undefined;
      continue;
    }
    const option = word.startsWith('--') ? long(word) : short(word);
    if (option instanceof ClsyncError) return { known, error: option };
    const { name, value } = option;
    bare = undefined;
    if (value !== undefined) known.push(`--${name}=${value}`);
    else if (takesNext(name) || isSwitch(name, words[i + 1]))
      known.push(`--${name}`, ...words.slice(++i, i + 1));
    else {
      known.push(`--${name}=${BARE}`);
      bare = { name, written: word };
    }
  }
  return { known };
}

/** The C program wants the value of a few flags as a word of its own. */
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
  if (name === undefined) return unknown(`--${written}`, nearest(written));
  return { name, value };
}

function short(word: BytePath): Parsed | ClsyncError {
  const letter = word[1];
  const name = OPTION_NAMES.find((candidate) => optionRow(candidate).short === letter);
  if (name === undefined) return unknown(word.slice(0, 2), undefined);
  return { name, value: word.length > 2 ? word.slice(2) : undefined };
}

function unknown(written: string, near: OptionName | undefined): ClsyncError {
  return new ClsyncError(
    'UNKNOWN_OPTION',
    display(written as BytePath),
    near === undefined ? 'see clsync --help' : `did you mean --${near}?`,
  );
}
