/** Unique names that cannot be guessed, for objects that are renamed or removed again. */
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';
import { native } from './native.js';

/** @param prefix begins the name */
export function uniqueName(prefix: string): BytePath {
  return fromText(prefix + native.random(8).toString('hex'));
}
