/**
 * What is replaced in the values of options and in handler arguments: `%name%`, and `%%`, which
 * stands for a percent sign and has no name.
 */
export const SUBSTITUTED = /%(?:%|([A-Za-z][A-Za-z0-9-]*)%)/g;

/** In place of `%%`. */
export const PERCENT = '%';

/** All names in a text, each as often as it stands there. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(SUBSTITUTED)].flatMap(([, name]) => name ?? []);
}
