/**
 * `--check-execvp-arguments`: the programs that may be started, and their arguments. The patterns
 * are made once at the start, before any data from outside is read. They are regular expressions
 * over the arguments, each ended by NUL (written `\x00`, as `\0` before a digit would mean another
 * character). The values of `%names%` are not fixed, but their form is.
 */
import { ended, fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { PERCENT, SUBSTITUTED } from '../../shared/substitution.js';
import { nameAlone } from './arguments.js';

/**
 * Patterns for values of names that are not options of clsync; no value can be an option of a
 * program.
 */
const PATH = '(?:/[^\\x00]*)?';
const TEXTS: Readonly<Record<string, string>> = {
  TYPE: '[a-z]*',
  'EVENT-MASK': '\\d+',
  'INCLUDE-LIST': PATH,
  'INCLUDE-LIST-PATH': PATH,
  'EXCLUDE-LIST-PATH': PATH,
};
const PATHS = '(?:(?!-)[^\\x00]*\\x00)*';

export class Permitted {
  private readonly commands: readonly RegExp[];

  constructor(patterns: readonly string[]) {
    this.commands = Object.freeze(patterns.map((pattern) => new RegExp(`^(?:${pattern})$`)));
  }

  allows(words: readonly BytePath[]): boolean {
    const command = fromBuffer(ended(words, '\0'));
    return this.commands.some((pattern) => pattern.test(command));
  }
}

/** A pattern for exactly these arguments. */
export function exactly(...words: readonly string[]): string {
  return words.map((word) => escape(word) + '\\x00').join('');
}

/** A pattern for a template of handler arguments; `options` as for `expand`. */
export function fromTemplate(
  template: readonly BytePath[],
  options: Readonly<Record<string, BytePath>>,
): string {
  return template
    .map((word) => (nameAlone(word) === 'INCLUDE-LIST' ? PATHS : wordOf(word, options)))
    .join('');
}

function wordOf(word: BytePath, options: Readonly<Record<string, BytePath>>): string {
  let pattern = '';
  let from = 0;
  const valueOf = (name: string, whole: string): string =>
    Object.hasOwn(TEXTS, name)
      ? (TEXTS[name] as string)
      : escape(Object.hasOwn(options, name) ? (options[name] as string) : whole);
  for (const { 0: whole, 1: name, index } of word.matchAll(SUBSTITUTED)) {
    pattern +=
      escape(word.slice(from, index)) + (name === undefined ? PERCENT : valueOf(name, whole));
    from = index + whole.length;
  }
  return pattern + escape(word.slice(from)) + '\\x00';
}

/** A pattern for any number of these arguments, in any order. */
export function anyOf(words: readonly string[]): string {
  return `(?:(?:${words.map(escape).join('|')})\\x00)*`;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
