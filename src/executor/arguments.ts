/** From the words of the handler arguments to an argument vector: `%name%` is replaced, once; what it is replaced by is never looked at again. */
import type { BytePath } from '../shared/bytes.js';

export interface Substitutions {
  /** `%NAME%` alone in a word becomes these words, none included. */
  readonly words: Readonly<Record<string, readonly BytePath[]>>;
  /** `%NAME%` anywhere becomes this text; asked only when it occurs. */
  readonly texts: Readonly<Record<string, () => BytePath>>;
  /** Options by their long names. */
  readonly options: Readonly<Record<string, BytePath>>;
}

/** A name to be replaced, wherever it stands. */
export const NAME = /%([A-Za-z][A-Za-z0-9-]*)%/g;
const ALONE = /^%([A-Za-z][A-Za-z0-9-]*)%$/;

/** A name that means nothing stays as it is written. */
export function expand(template: readonly BytePath[], { words, texts, options }: Substitutions): BytePath[] {
  const valueOf = (name: string): BytePath | undefined => {
    if (Object.hasOwn(texts, name)) return (texts[name] as () => BytePath)();
    return Object.hasOwn(options, name) ? options[name] : undefined;
  };
  return template.flatMap((word) => {
    const alone = nameAlone(word);
    if (alone !== undefined && Object.hasOwn(words, alone)) return words[alone] as readonly BytePath[];
    return [word.replace(NAME, (whole, name: string) => valueOf(name) ?? (Object.hasOwn(words, name) ? '' : whole)) as BytePath];
  });
}

/** The name that is the whole word. */
export function nameAlone(word: BytePath): string | undefined {
  return ALONE.exec(word)?.[1];
}

/** How often `%name%` stands alone in a word. */
export function countAlone(template: readonly BytePath[], name: string): number {
  return template.filter((word) => nameAlone(word) === name).length;
}
