/**
 * The size limit of execve(2): argument and environment strings with their pointers may take a
 * quarter of the stack limit, at most 6 MiB.
 */
import { readFileSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';

const MOST = 6 << 20;
/** Bytes kept free for strings that the kernel and an interpreter (`#!`) add. */
const RESERVE = 16 << 10;
const POINTER = 8;

/** Bytes of the limit that these arguments use. */
export function sizeOf(words: readonly BytePath[]): number {
  return words.reduce((sum, word) => sum + word.length + 1 + POINTER, 0);
}

/** Bytes that are left for the arguments of a call with this environment. */
export function room(environment: readonly BytePath[]): number {
  const soft = /^Max stack size\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  const limit =
    soft === undefined || soft === 'unlimited' ? MOST : Math.min(MOST, Number(soft) / 4);
  return limit - RESERVE - sizeOf(environment);
}

/** Splits items into parts of at most `most` bytes; an item that is larger is a part of its own. */
export function split<T>(items: readonly T[], size: (item: T) => number, most: number): T[][] {
  const parts: T[][] = [];
  let left = 0;
  for (const item of items) {
    const bytes = size(item);
    if (bytes > left || parts.length === 0) {
      parts.push([]);
      left = most;
    }
    (parts.at(-1) as T[]).push(item);
    left -= bytes;
  }
  return parts;
}
