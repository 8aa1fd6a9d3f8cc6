/**
 * The watch directory as the executor found it at its start. In a mount namespace of its own it
 * stays mounted. Without one (under `--compat`, for example) it may have been unmounted a moment
 * ago, and the master does not know yet. A sync of the empty mount point would delete everything at
 * the destination.
 */
import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { display, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Failure } from '../modes/failure.js';
import { failureWithoutCall } from '../modes/failure.js';

export class Source {
  private readonly found: string | undefined;

  /** @param path absolute */
  constructor(private readonly path: BytePath) {
    this.found = this.identity();
  }

  /** Why nothing can be synced now; undefined: the directory is the same as at the start. */
  get failure(): Failure | undefined {
    if (this.identity() === this.found) return undefined;
    const reason = `the watch directory ${display(this.path)} has gone`;
    return { ...failureWithoutCall(constants.errno.ENOENT, reason), again: true };
  }

  private identity(): string | undefined {
    try {
      const { dev, ino } = lstatSync(toBuffer(this.path), { bigint: true });
      return `${dev}:${ino}`;
    } catch {
      return undefined;
    }
  }
}
