/**
 * Whether a destination on this host is worth another try: looked at while something waits, which
 * costs less than a try.
 */
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

/** What can be seen of it. */
export interface Sight {
  /** Which directory stands there; undefined: none that can be written. */
  readonly inode: string | undefined;
  /** Blocks and inodes that are free to us. */
  readonly free: readonly [blocks: number, inodes: number];
}

const NONE: Sight = { inode: undefined, free: [0, 0] };

/** @param destination absolute */
export function lookAt(destination: BytePath): Sight {
  const path = toBuffer(destination);
  try {
    accessSync(path, constants.W_OK);
    const stats = statSync(path);
    if (!stats.isDirectory()) return NONE;
    const { dev, ino } = stats;
    const { bavail, ffree } = statfsSync(path);
    return { inode: `${dev}:${ino}`, free: [bavail, ffree] };
  } catch {
    return NONE;
  }
}

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/**
 * It can be written again, another stands there, or there was no room and is some. @param full it
 * was found to be full
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
   * @param wanted whether anything waits for it still
   * @param back called when it is worth a try
   */
  constructor(
    private readonly wanted: () => boolean,
    private readonly back: () => void,
  ) {}

  /** After a failure. `full`: there was no room. */
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
