/**
 * How much execve(2) takes: a quarter of the stack limit for argument and environment strings with
 * their pointers, at most 6 MiB.
 */
import { readFileSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';

const MOST = 6 << 20;
/** Left for what the kernel and an interpreter named by `#!` add. */
const RESERVE = 16 << 10;
const POINTER = 8;

/** Bytes that words take of the limit. */
export function sizeOf(words: readonly BytePath[]): number {
  return words.reduce((sum, word) => sum + word.length + 1 + POINTER, 0);
}

/** Bytes for the words of one call, its environment aside. */
export function room(environment: readonly BytePath[]): number {
  const soft = /^Max stack size\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  const limit =
    soft === undefined || soft === 'unlimited' ? MOST : Math.min(MOST, Number(soft) / 4);
  return limit - RESERVE - sizeOf(environment);
}

/** Parts of at least one item each, none larger than `most` bytes unless a single item is. */
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
