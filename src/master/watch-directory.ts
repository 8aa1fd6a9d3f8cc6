/**
 * The watch directory as the master sees it. The roles cannot tell whether it is still the one at its path: their view shows them the
 * directory it was made with, wherever that has gone.
 */
import { lstatSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { display, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';

/** Milliseconds between two looks. */
const CHECK = 1000;

export class WatchDirectory {
  private taken: string | undefined;

  /** @param path absolute, symbolic links resolved. */
  constructor(private readonly path: BytePath) {}

  /** From now on the directory at the path is the one that is watched. */
  take(): void {
    this.taken = this.identity();
  }

  /** Whether the directory that was taken is still at the path. */
  get stands(): boolean {
    return this.taken !== undefined && this.taken === this.identity();
  }

  get gone(): ClsyncError {
    return new ClsyncError('WATCH_DIR_GONE', display(this.path));
  }

  /** Calls `lost` when it no longer is; until the function returned is called. */
  guard(lost: () => void): () => void {
    const timer = setInterval(() => {
      if (!this.stands) lost();
    }, CHECK);
    return () => clearInterval(timer);
  }

  /** Resolves when there is a directory at the path. Rejects when `signal` is aborted. */
  async back(signal: AbortSignal): Promise<void> {
    while (this.identity() === undefined) await delay(CHECK, undefined, { signal });
  }

  /** Undefined when there is no directory. */
  private identity(): string | undefined {
    try {
      const status = lstatSync(toBuffer(this.path), { bigint: true });
      return status.isDirectory() ? `${status.dev}:${status.ino}` : undefined;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : code;
    }
  }
}
