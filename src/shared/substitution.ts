/**
 * Substitutions in the values of options and in handler arguments: `%name%`, and `%%`, which stands
 * for a percent sign.
 */
export const SUBSTITUTED = /%(?:%|([A-Za-z][A-Za-z0-9-]*)%)/g;

/** Replaces `%%`. */
export const PERCENT = '%';

/** All names in a text, repeated ones as often as they occur. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(SUBSTITUTED)].flatMap(([, name]) => name ?? []);
}
