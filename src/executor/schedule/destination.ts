/**
 * Checks periodically whether a local destination is worth another try, while entries wait after a
 * failure. A check costs less than a try.
 */
import { statfsSync, statSync } from 'node:fs';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { native } from '../../shared/native.js';

/** The observed state of a destination. */
export interface Sight {
  /** Identifies the directory; undefined: there is none that can be written. */
  readonly inode: string | undefined;
  /** Free blocks (for processes without privilege) and free inodes, see statfs(2). */
  readonly free: readonly [blocks: number, inodes: number];
}

const NONE: Sight = { inode: undefined, free: [0, 0] };

/** @param destination absolute */
export function lookAt(destination: BytePath): Sight {
  const path = toBuffer(destination);
  try {
    native.checkWritable(path);
    const stats = statSync(path);
    if (!stats.isDirectory()) return NONE;
    const { dev, ino } = stats;
    const { bavail, ffree } = statfsSync(path);
    return { inode: `${dev}:${ino}`, free: [bavail, ffree] };
  } catch {
    return NONE;
  }
}

/** Milliseconds between two checks. */
const INTERVAL = 1000;

/**
 * Whether it can be written again, another directory is there, or more space is free than before.
 * @param full there was no space at the failure
 */
export function isBack(before: Sight, now: Sight, full: boolean): boolean {
  if (now.inode === undefined) return false;
  return (
    now.inode !== before.inode ||
    (full && (now.free[0] > before.free[0] || now.free[1] > before.free[1]))
  );
}

export class DestinationWatch {
  private timer: NodeJS.Timeout | undefined;
  private before: Sight = NONE;
  private full = false;

  /**
   * @param wanted whether entries still wait for it
   * @param back called when it is worth another try
   */
  constructor(
    private readonly wanted: () => boolean,
    private readonly back: () => void,
  ) {}

  /** Starts checking after a failure. @param full there was no space */
  begin(destination: BytePath, full: boolean): void {
    this.full = full;
    this.before = lookAt(destination);
    this.timer ??= setInterval(() => this.look(destination), INTERVAL).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(destination: BytePath): void {
    if (!this.wanted()) return this.end();
    const now = lookAt(destination);
    const isWorthIt = isBack(this.before, now, this.full);
    this.before = now;
    if (isWorthIt) this.back();
  }
}
