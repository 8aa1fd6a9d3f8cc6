/**
 * Events that wait, and which others have to wait for them: those of the same path, and those of
 * what is in a directory and of its making, moving or removal. Pure.
 */
import { ROOT, directoriesAbove } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

const PLACING = IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO;

/** @typeParam T says for which of them an event waits */
export class Conflicts<T> {
  private readonly exact = new Map<BytePath, T>();
  /** The directories above them. */
  private readonly above = new Map<BytePath, T>();
  /** Directories that were made, moved or removed. */
  private readonly placed = new Map<BytePath, T>();

  add(entry: Entry, value: T): void {
    for (const path of pathsOf(entry)) {
      this.exact.set(path, value);
      for (const directory of directoriesAbove(path)) this.above.set(directory, value);
      if (isPlaced(entry)) this.placed.set(path, value);
    }
  }

  /** Undefined: it need not wait. */
  find(entry: Entry): T | undefined {
    if (this.exact.size === 0) return undefined;
    for (const path of pathsOf(entry)) {
      const found = this.exact.get(path) ?? (isPlaced(entry) ? this.above.get(path) : undefined);
      if (found !== undefined) return found;
      if (this.placed.size === 0) continue;
      for (const directory of directoriesAbove(path)) {
        const made = this.placed.get(directory);
        if (made !== undefined) return made;
      }
    }
    return undefined;
  }
}

function pathsOf({ path, origin }: Entry): BytePath[] {
  return origin === undefined ? [path] : [path, origin];
}

/** The root is there as long as the daemon is: nothing in it has to wait for it. */
function isPlaced({ path, mask, before, after }: Entry): boolean {
  const isDirectory = before === ObjectType.directory || after === ObjectType.directory;
  return isDirectory && path !== ROOT && (mask & PLACING) !== 0;
}
