/**
 * Keys of entries (`Mode.keyOf`), each of which takes an lstat(2): read in turns of the event loop.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { AT_ONCE } from '../lists/in-turns.js';
import type { KeyOf } from './together.js';

/** Adds the keys of those that have one. */
export function addKeys(
  keys: Map<BytePath, string>,
  entries: readonly Entry[],
  keyOf: KeyOf,
): void {
  for (const entry of entries) {
    const key = keyOf(entry);
    if (key !== undefined) keys.set(entry.path, key);
  }
}

/** The keys of those that have one. @param keyOf undefined: none has */
export async function keysInTurns(
  entries: readonly Entry[],
  keyOf: KeyOf | undefined,
): Promise<ReadonlyMap<BytePath, string>> {
  const keys = new Map<BytePath, string>();
  if (keyOf === undefined) return keys;
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (at > 0) await nextTurn();
    addKeys(keys, entries.slice(at, at + AT_ONCE), keyOf);
  }
  return keys;
}
