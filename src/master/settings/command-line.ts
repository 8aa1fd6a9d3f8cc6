/**
 * The command line in the syntax of getopt_long(3): values attached or as the next word, long
 * options abbreviated, values of flags only attached, words that are not options anywhere between.
 */
import { readFileSync, readlinkSync } from 'node:fs';
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
  const operands: BytePath[] = [];
  /** The option before the word, if it has no value yet. */
  let bare: BareOption | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as BytePath;
    if (word === '--') return [...operands, ...words.slice(i + 1)];
    if (word.length < 2 || word[0] !== '-') {
      operands.push(word);
      stray(strayWord(word, bare));
      bare = undefined;
      continue;
    }
    const { name, value } = word.startsWith('--') ? long(word) : short(word);
    bare = undefined;
    if (value !== undefined) assign(assignment(name, value));
    else if (takesNext(name) || isSwitch(name, words[i + 1])) {
      const next = words[++i];
      if (next === undefined) throw new ClsyncError('NO_VALUE', `--${name}`);
      assign(assignment(name, next));
    } else {
      assign(assignment(name));
      bare = { name, written: word };
    }
  }
  return operands;
}

/** @param text undefined: the option has no value */
function assignment(name: OptionName, text?: string): Assignment {
  const value = text ?? optionRow(name).bare ?? '1';
  return { name, text: value as BytePath, bare: text === undefined, origin: `--${name}` };
}

/** Whether the option takes the next word as its value when none is attached. */
function takesNext(name: OptionName): boolean {
  const row = optionRow(name);
  return row.kind !== 'flag' && row.kind !== 'counter' && row.bare === undefined;
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

/** Throws ClsyncError, as `short` does. */
function long(word: BytePath): Parsed {
  const equals = word.indexOf('=');
  const written = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const exact = findOption(written);
  if (exact !== undefined) return { name: exact, value };
  const found = candidates(written);
  if (found.length > 1)
    throw new ClsyncError(
      'AMBIGUOUS_OPTION',
      display(`--${written}` as BytePath),
      found.map((name) => `--${name}`).join(', '),
    );
  const [name] = found;
  if (name === undefined) throw unknownOption(`--${written}`, nearest(written));
  return { name, value };
}

function short(word: BytePath): Parsed {
  const letter = word[1];
  const name = OPTION_NAMES.find((candidate) => optionRow(candidate).short === letter);
  if (name === undefined) throw unknownOption(word.slice(0, 2), undefined);
  return { name, value: word.length > 2 ? word.slice(2) : undefined };
}

export function unknownOption(written: string, near: OptionName | undefined): ClsyncError {
  return new ClsyncError(
    'UNKNOWN_OPTION',
    display(written as BytePath),
    near === undefined ? 'see clsync --help' : `did you mean --${near}?`,
  );
}
