/**
 * Makes an argument vector from a template: replaces `%name%` and `%%` once. Replaced text is not
 * expanded again.
 */
import type { BytePath } from '../../shared/bytes.js';
import { PERCENT, SUBSTITUTED } from '../../shared/substitution.js';

export interface Substitutions {
  /** `%NAME%` that is a whole argument becomes these arguments, which may be none. */
  readonly words: Readonly<Record<string, readonly BytePath[]>>;
  /** `%NAME%` anywhere becomes this text; the function is called only if it occurs. */
  readonly texts: Readonly<Record<string, () => BytePath>>;
  /** Values of options, by their long names. */
  readonly options: Readonly<Record<string, BytePath>>;
}

const ALONE = /^%([A-Za-z][A-Za-z0-9-]*)%$/;

/** Unknown names are not replaced. */
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
 * Replaces `%name%` in a template: a whole argument by `words`, which may contain names to be
 * expanded later; within an argument by nothing.
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

/** The name if the argument is exactly `%name%`. */
export function nameAlone(word: BytePath): string | undefined {
  return ALONE.exec(word)?.[1];
}

/** Number of arguments that are exactly `%name%`. */
export function countAlone(template: readonly BytePath[], name: string): number {
  return template.filter((word) => nameAlone(word) === name).length;
}
