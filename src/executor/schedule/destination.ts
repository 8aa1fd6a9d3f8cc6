/**
 * Looks periodically whether a local destination is worth another try, while entries wait after a
 * failure. A look costs less than a try. The first one is taken as a sync begins: what the failed
 * sync found may be gone by its end, or back.
 */
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
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
export async function lookAt(destination: BytePath): Promise<Sight> {
  const found = await native.lookAtWritable(toBuffer(destination));
  if (typeof found === 'number') return NONE;
  const [inode, ...free] = found;
  return { inode, free };
}

/** Milliseconds between two checks. */
export const INTERVAL = 1000;

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
  /** What the failed sync found, or the last look since; undefined: that is not known yet. */
  private before: Sight | undefined;
  /** What the last sync found that began; never rejects. */
  private found: Promise<Sight> | undefined;
  private isFinding = false;
  private full = false;
  /** One look of a kind at a time: where nothing answers, no more threads are to wait. */
  private looking = false;
  /** Of the failure that was last: what an earlier look finds is of no use. */
  private serial = 0;

  /**
   * @param wanted whether entries still wait for it
   * @param back called when it is worth another try
   */
  constructor(
    private readonly wanted: () => boolean,
    private readonly back: () => void,
  ) {}

  /** A sync begins. */
  syncs(destination: BytePath): void {
    if (this.isFinding) return;
    this.isFinding = true;
    this.found = lookAt(destination).finally(() => (this.isFinding = false));
  }

  /** Looks again and again after a failure. @param full there was no space */
  begin(destination: BytePath, full: boolean): void {
    this.full = full;
    this.serial++;
    this.before = undefined;
    void this.look(destination);
    this.timer ??= setInterval(() => void this.look(destination), INTERVAL).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async look(destination: BytePath): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const [{ serial }, began] = [this, monotonic()];
    const found = await this.found;
    const now = await lookAt(destination);
    this.looking = false;
    if (this.timer === undefined) return;
    if (serial !== this.serial) return this.look(destination);
    if (!this.wanted()) return this.end();
    // What has not answered was not there.
    if (monotonic() - began > INTERVAL) this.before = NONE;
    this.before ??= found;
    const isWorthIt = this.before !== undefined && isBack(this.before, now, this.full);
    this.before = now;
    if (isWorthIt) this.back();
  }
}
