/** Unique names that cannot be guessed, for objects that are renamed or removed again. */
import { randomBytes } from 'node:crypto';
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';

/** @param prefix begins the name */
export function uniqueName(prefix: string): BytePath {
  return fromText(prefix + randomBytes(8).toString('hex'));
}
