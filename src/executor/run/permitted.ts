/**
 * `--check-execvp-arguments`: which programs may be started, and with which words. Made once,
 * before anything from outside is looked at, as regular expressions over a command's words, each
 * followed by NUL (`\x00`: before a digit, `\0` would be another character). What is substituted
 * for `%names%` is not fixed, only what it can be.
 */
import { ended, fromBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { PERCENT, SUBSTITUTED } from '../../shared/substitution.js';
import { nameAlone } from './arguments.js';

/** What may stand for the names that are no options; no option of a program can be made of it. */
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

/** These words and no others. */
export function exactly(...words: readonly string[]): string {
  return words.map((word) => escape(word) + '\\x00').join('');
}

/** Words of a template of handler arguments; `options` as for `expand`. */
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

/** Any of these words, any number of them. */
export function anyOf(words: readonly string[]): string {
  return `(?:(?:${words.map(escape).join('|')})\\x00)*`;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
