/**
 * Calls listeners when something else may stand at some paths: the kernel reports names that are
 * made or removed on the way to them, and mounts. Where it cannot (an unreadable directory, no
 * inotify instance left, a file system that other hosts change), the paths are checked at
 * intervals.
 */
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { closePathWatch, openPathWatch, setPathWatch } from '../native.js';
import type { PathWatch } from '../native.js';
import { resolveLinks } from '../paths.js';

/** Milliseconds between two checks. */
const CHECK = 1000;

export class Changes {
  private readonly listeners = new Map<() => void, { readonly polls: boolean }>();
  private readonly watch: PathWatch | undefined;
  private complete = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param paths absolute; they need not exist */
  constructor(private readonly paths: readonly BytePath[]) {
    try {
      this.watch = openPathWatch(() => this.look());
    } catch {
      // the limit on inotify instances is reached: checks at intervals remain
    }
    this.renew();
  }

  /**
   * Calls `listener` after each possible change, until the function returned is called. `polls`: at
   * intervals too.
   */
  listen(listener: () => void, polls = false): () => void {
    this.listeners.set(listener, { polls });
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
  }

  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
    if (this.watch !== undefined) closePathWatch(this.watch);
  }

  /** Sets the watch again before the paths are checked, so that any later change is reported. */
  private renew(): void {
    this.complete =
      this.watch !== undefined &&
      setPathWatch(this.watch, [...new Set(this.paths.flatMap(withResolved))].map(toBuffer));
    this.setTimer();
  }

  private setTimer(): void {
    const listeners = [...this.listeners.values()];
    const needed = this.complete ? listeners.some(({ polls }) => polls) : listeners.length > 0;
    if (needed === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    this.timer = needed ? setInterval(() => this.look(), CHECK) : undefined;
  }
}

/**
 * Both the path and its target are watched: a link on the way may change, and so may the
 * directories it leads through.
 */
function withResolved(path: BytePath): BytePath[] {
  try {
    return [path, resolveLinks(path)];
  } catch {
    return [path];
  }
}
