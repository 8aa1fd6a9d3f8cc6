/** Names that nobody else uses or can guess, for what is to be renamed or removed again. */
import { randomBytes } from 'node:crypto';
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';

/** @param prefix of the last part of a path */
export function uniqueName(prefix: string): BytePath {
  return fromText(prefix + randomBytes(8).toString('hex'));
}
