/**
 * From the words of the handler arguments to an argument vector: `%name%` and `%%` are replaced,
 * once; what it is replaced by is never looked at again.
 */
import type { BytePath } from '../../shared/bytes.js';
import { PERCENT, SUBSTITUTED } from '../../shared/substitution.js';

export interface Substitutions {
  /** `%NAME%` alone in a word becomes these words, none included. */
  readonly words: Readonly<Record<string, readonly BytePath[]>>;
  /** `%NAME%` anywhere becomes this text; asked only when it occurs. */
  readonly texts: Readonly<Record<string, () => BytePath>>;
  /** Options by their long names. */
  readonly options: Readonly<Record<string, BytePath>>;
}

const ALONE = /^%([A-Za-z][A-Za-z0-9-]*)%$/;

/** A name that means nothing stays as it is written. */
export function expand(
  template: readonly BytePath[],
  { words, texts, options }: Substitutions,
): BytePath[] {
  const valueOf = (name: string): BytePath | undefined => {
    if (Object.hasOwn(texts, name)) return (texts[name] as () => BytePath)();
    return Object.hasOwn(options, name) ? options[name] : undefined;
  };
  return template.flatMap((word) => {
    const alone = nameAlone(word);
    if (alone !== undefined && Object.hasOwn(words, alone))
      return words[alone] as readonly BytePath[];
    const textOf = (whole: string, name?: string): string =>
      name === undefined ? PERCENT : (valueOf(name) ?? (Object.hasOwn(words, name) ? '' : whole));
    const replaced = word.replace(SUBSTITUTED, textOf) as BytePath;
    return [replaced];
  });
}

/**
 * The template with `words`, a template themselves, wherever `%name%` stands alone in a word, and
 * without it elsewhere. Nothing else is replaced yet.
 */
export function insert(
  template: readonly BytePath[],
  name: string,
  words: readonly BytePath[],
): BytePath[] {
  const without = (word: BytePath): BytePath =>
    word.replace(SUBSTITUTED, (whole, found?: string) => (found === name ? '' : whole)) as BytePath;
  return template.flatMap((word) => (nameAlone(word) === name ? words : [without(word)]));
}

/** The name that is the whole word. */
export function nameAlone(word: BytePath): string | undefined {
  return ALONE.exec(word)?.[1];
}

/** How often `%name%` stands alone in a word. */
export function countAlone(template: readonly BytePath[], name: string): number {
  return template.filter((word) => nameAlone(word) === name).length;
}
