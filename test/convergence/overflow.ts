/** Makes the kernel's event queue of a watcher overflow, at the length that the host has set. */
import { closeSync, futimesSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Read only: the limit holds for the whole host, and tests that run beside would lose events. */
const LIMIT = '/proc/sys/fs/inotify/max_queued_events';
/** The kernel merges equal neighbours in the queue: with several files none are equal. */
const FILES = 8;

/**
 * Stops the process `watcher`, makes more events in `directory` than its queue holds, waits
 * `milliseconds` while others go on, and lets it continue.
 */
export async function overflow(
  watcher: number,
  directory: string,
  milliseconds: number,
): Promise<void> {
  process.kill(watcher, 'SIGSTOP');
  const paths = Array.from({ length: FILES }, (_, index) => `${directory}/burst${index}`);
  const files = paths.map(openAmongWriters);
  const events = Number(readFileSync(LIMIT, 'latin1'));
  for (let rounds = 0; rounds <= events / FILES; rounds++)
    for (const file of files) futimesSync(file, rounds, 0);
  for (const file of files) closeSync(file);
  await sleep(milliseconds);
  for (const path of paths) removeAmongWriters(path);
  process.kill(watcher, 'SIGCONT');
}

/** The writers may have moved a directory there. */
function openAmongWriters(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    return openSync(path, 'r');
  }
}

/** Removes what stands there, even while the writers put new names into it. */
function removeAmongWriters(path: string): void {
  for (;;) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}
