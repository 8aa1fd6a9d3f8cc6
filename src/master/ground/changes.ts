/**
 * Calls listeners when something else may stand at some paths, or files may have changed: the
 * kernel reports names that are made or removed on the way to them, writes, and mounts. Where it
 * cannot (an unreadable directory, no inotify instance left, a file system that other hosts
 * change), the paths are checked at intervals.
 */
import type { BytePath } from '../../shared/bytes.js';
import { closePathWatch, openPathWatch, setPathWatch } from '../native.js';
import type { PathWatch } from '../native.js';
import { Ways } from './ways.js';

/** Milliseconds between two checks. */
const CHECK = 1000;
const NEVER = (): boolean => false;

export class Changes {
  private readonly listeners = new Map<() => void, () => boolean>();
  private readonly watch: PathWatch | undefined;
  private complete = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param paths absolute; they need not exist
   * @param files likewise, whose changes count, too
   */
  constructor(
    private readonly paths: readonly BytePath[],
    private readonly files: readonly BytePath[] = [],
  ) {
    try {
      this.watch = openPathWatch(() => this.look());
    } catch {
      // the limit on inotify instances is reached: checks at intervals remain
    }
    this.renew();
  }

  /**
   * Calls `listener` after each possible change, until the function returned is called. `polls`,
   * asked after each: whether at intervals too.
   */
  listen(listener: () => void, polls = NEVER): () => void {
    this.listeners.set(listener, polls);
    this.setTimer();
    return () => {
      this.listeners.delete(listener);
      this.setTimer();
    };
  }

  /** Calls all listeners now. */
  look(): void {
    this.renew();
    for (const listener of [...this.listeners.keys()]) listener();
    this.setTimer();
  }

  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
    if (this.watch !== undefined) closePathWatch(this.watch);
  }

  /** Sets the watch again before the paths are checked, so that any later change is reported. */
  private renew(): void {
    if (this.watch === undefined) return;
    const ways = new Ways(this.paths, this.files);
    try {
      this.complete = setPathWatch(this.watch, ways.names) && ways.complete;
    } finally {
      ways.close();
    }
  }

  private setTimer(): void {
    const polls = [...this.listeners.values()];
    const needed = this.complete ? polls.some((asked) => asked()) : polls.length > 0;
    if (needed === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    this.timer = needed ? setInterval(() => this.look(), CHECK) : undefined;
  }
}
