/**
 * Calls back when something else may stand at some paths: the kernel tells of names that come and
 * go on the way to them, and of mounts. Where it cannot (a directory that may not be read, no
 * inotify instance, a file system that others change over the network), they are looked at by the
 * clock.
 */
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { closePathWatch, openPathWatch, setPathWatch } from '../native.js';
import type { PathWatch } from '../native.js';
import { resolveLinks } from '../paths.js';

/** Milliseconds between two looks by the clock. */
const CHECK = 1000;

export class Changes {
  private readonly listeners = new Map<() => void, { readonly polls: boolean }>();
  private readonly watch: PathWatch | undefined;
  private complete = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param paths absolute; none of them need exist */
  constructor(private readonly paths: readonly BytePath[]) {
    try {
      this.watch = openPathWatch(() => this.look());
    } catch {
      // the limit on inotify instances: then by the clock
    }
    this.renew();
  }

  /** Calls `listener` until the function returned is called; `polls`: by the clock, too. */
  listen(listener: () => void, polls = false): () => void {
    this.listeners.set(listener, { polls });
    this.setTimer();
    return () => {
      this.listeners.delete(listener);
      this.setTimer();
    };
  }

  /** Does so now. */
  look(): void {
    this.renew();
    for (const listener of [...this.listeners.keys()]) listener();
  }

  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
    if (this.watch !== undefined) closePathWatch(this.watch);
  }

  /** Before anything is looked at: what changes from then on is told. */
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

/** A link on the way may lead to somewhere else tomorrow, and so may what it leads to today. */
function withResolved(path: BytePath): BytePath[] {
  try {
    return [path, resolveLinks(path)];
  } catch {
    return [path];
  }
}
