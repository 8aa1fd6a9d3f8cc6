/**
 * Warnings about words of the command line that become handler arguments but were probably meant
 * for something else. Pure.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { CONTROL_WORDS } from '../../shared/control.js';
import { nearestOf } from '../options/nearest.js';
import { optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import { parseValue } from '../options/value.js';

/** An option given without a value, and its name as written. */
export interface BareOption {
  readonly name: OptionName;
  readonly written: BytePath;
}

/** Words that users write for the values of switches. */
export const SWITCHES: ReadonlyMap<string, string> = new Map([
  ['yes', '1'],
  ['on', '1'],
  ['true', '1'],
  ['no', '0'],
  ['off', '0'],
  ['false', '0'],
]);

/** Explains what the user may have meant by a word that counts as a handler argument. */
export function strayWord(word: BytePath, bare: BareOption | undefined): string {
  const value = bare === undefined ? undefined : attachable(bare.name, word);
  const what = `"${display(word)}" is an argument of the handler`;
  if (bare === undefined || value === undefined)
    return `${what}: if that is meant, write it behind --${commandMeant(word)}`;
  const attached = `${bare.written}${bare.written.startsWith('--') ? '=' : ''}${value}`;
  return (
    `${what}, not the value of ${display(bare.written)}: write ` +
    `${display(attached as BytePath)}, or the word behind -- if it is meant for the handler`
  );
}

/** Commands are words behind `clsync ctl`, or the first of all. */
const OWN_COMMANDS = ['init', 'verify', 'web', 'ctl'] as const;

function commandMeant(word: BytePath): string {
  const own = nearestOf(word, OWN_COMMANDS);
  const asked = nearestOf(word.toUpperCase(), CONTROL_WORDS);
  // Short words are near to everything.
  if (word.length < 3 || !/^[a-z-]+$/i.test(word)) return '';
  if (own !== undefined && own !== asked?.toLowerCase())
    return `; clsync ${own} must have that word first`;
  return asked === undefined ? '' : `; a daemon is asked by clsync ctl ${asked.toLowerCase()}`;
}

/**
 * The text to attach to the option to give it the word's value; undefined when the option cannot
 * take it.
 */
function attachable(name: OptionName, word: BytePath): string | undefined {
  const text =
    (optionRow(name).kind === 'flag' ? SWITCHES.get(word.toLowerCase()) : undefined) ?? word;
  try {
    parseValue(optionRow(name), text as BytePath);
    return text;
  } catch {
    return undefined;
  }
}
