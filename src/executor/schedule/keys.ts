/**
 * Keys of entries (`Mode.keyOf`), each of which takes an lstat(2): read in turns of the event loop.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { AT_ONCE } from '../lists/in-turns.js';
import type { KeyOf } from './together.js';

/** The keys of those that have one. @param keyOf undefined: none has */
export async function keysInTurns(
  entries: readonly Entry[],
  keyOf: KeyOf | undefined,
): Promise<ReadonlyMap<BytePath, string>> {
  const keys = new Map<BytePath, string>();
  if (keyOf === undefined) return keys;
  for (const [index, entry] of entries.entries()) {
    if (index > 0 && index % AT_ONCE === 0) await nextTurn();
    const key = keyOf(entry);
    if (key !== undefined) keys.set(entry.path, key);
  }
  return keys;
}
