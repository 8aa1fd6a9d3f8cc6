/** Waits until a copy has arrived, with as little work as possible beside what is measured. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareTrees } from '../test/harness/compare.js';
import type { Trees } from './contenders.js';

/** Milliseconds after which a contender counts as never finished. */
export const PATIENCE = 60_000;
/** Milliseconds between two looks. */
const [OFTEN, SELDOM] = [1, 20] as const;
/** The same where nothing else has to happen in this process meanwhile. */
const CLOSELY = 0.05;

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Looks every 0.05 ms, and blocks this process; returns milliseconds since `began`, or undefined.
 */
export function closely(began: number, holds: () => boolean): number | undefined {
  for (;;) {
    const taken = performance.now() - began;
    if (holds()) return performance.now() - began;
    if (taken > PATIENCE) return undefined;
    Atomics.wait(cell, 0, 0, CLOSELY);
  }
}

/** The same, while timers and pipes of this process go on. */
export async function eventually(
  began: number,
  holds: () => boolean,
  every: number = OFTEN,
): Promise<number | undefined> {
  while (performance.now() - began < PATIENCE) {
    if (holds()) return performance.now() - began;
    await sleep(every);
  }
  return undefined;
}

/** Whether the file is there with this text. */
export function holds(path: string, text: string): boolean {
  return (
    statSync(path, { throwIfNoEntry: false })?.size === text.length &&
    readFileSync(path, 'latin1') === text
  );
}

/**
 * Waits until each directory has as many names as its original; looks at one at a time, so that it
 * costs next to nothing. Temporary names begin with a dot.
 */
export function allNames(
  { source, destination }: Trees,
  began: number,
): Promise<number | undefined> {
  const missing = directoriesOf(source);
  const arrived = (): boolean => {
    for (let path = missing.at(-1); path !== undefined; path = missing.at(-1)) {
      const copy = join(destination, path);
      if (!existsSync(copy) || count(copy) !== count(join(source, path))) return false;
      missing.pop();
    }
    return true;
  };
  return eventually(began, arrived, SELDOM);
}

function directoriesOf(root: string, path = ''): string[] {
  return [
    path,
    ...readdirSync(join(root, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => directoriesOf(root, join(path, name))),
  ];
}

function count(directory: string): number {
  return readdirSync(directory).filter((name) => !name.startsWith('.')).length;
}

/**
 * Counts wrong objects, again while they become fewer: temporary names vanish and times are set a
 * moment after the last name has appeared.
 */
export async function wrong({ source, destination }: Trees): Promise<number> {
  for (let before = Infinity; ; await sleep(1000)) {
    const count = compareTrees(source, destination).length;
    if (count === 0 || count >= before) return count;
    before = count;
  }
}
