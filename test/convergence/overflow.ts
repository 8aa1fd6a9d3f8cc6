/**
 * Makes the kernel's event queue of a watcher overflow, with the length that is set on the host.
 */
import {
  closeSync,
  fchownSync,
  futimesSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Not changed: the limit is for the whole host, and tests that run at the same time would lose
 * events.
 */
const LIMIT = '/proc/sys/fs/inotify/max_queued_events';
/** The kernel's default: the limit may have been another when the watcher was started. */
const USUAL = 16_384;
/** The kernel merges equal consecutive events; with several files they are not equal. */
const FILES = 8;

/**
 * Stops the process `watcher`, causes more events in `directory` than its queue holds, waits
 * `milliseconds` while the writers continue, and lets the process continue.
 */
export async function overflow(
  watcher: number,
  directory: string,
  milliseconds: number,
): Promise<void> {
  process.kill(watcher, 'SIGSTOP');
  const paths = Array.from({ length: FILES }, (_, index) => `${directory}/burst${index}`);
  const files = paths.map(openAmongWriters);
  // As if one of the writers had made them, who may be ordinary users.
  const { uid, gid } = statSync(directory);
  for (const file of files) fchownSync(file, uid, gid);
  const events = Math.max(USUAL, Number(readFileSync(LIMIT, 'latin1')));
  // A file that the writers remove or move away meanwhile causes no more events.
  for (let rounds = 0; rounds <= (4 * events) / FILES; rounds++)
    for (const file of files) futimesSync(file, rounds, 0);
  for (const file of files) closeSync(file);
  await sleep(milliseconds);
  for (const path of paths) removeAmongWriters(path);
  process.kill(watcher, 'SIGCONT');
}

/** Opens a file, or the directory that the writers may have moved there. */
function openAmongWriters(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    return openSync(path, 'r');
  }
}

/** What the removal meets when the writers make a name, or a file of a directory. */
const MEANWHILE = ['ENOTEMPTY', 'ENOTDIR'];

/** Removes the file or directory, even while the writers create names in it. */
function removeAmongWriters(path: string): void {
  for (;;) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!MEANWHILE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
