/**
 * Directories that contain a name whose path is longer than PATH_MAX. A program that enters one
 * recursively fails, so they are synced name by name.
 */
import { PATH_MAX, ROOT, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

const WALKED = EntryFlag.recursive | EntryFlag.initial;

export class OverlongDirectories {
  private paths: Set<BytePath> = new Set();
  /** Reported since the last walk of the whole tree. */
  private told = new Set<BytePath>();

  /** @param namesOf names in a directory, relative to the watch directory */
  constructor(private readonly namesOf: (directory: BytePath) => BytePath[]) {}

  get all(): ReadonlySet<BytePath> {
    return this.paths;
  }

  /**
   * The entries to be synced in place of this one: itself, and for such a directory also each name
   * in it whose path is short enough.
   */
  expand(entry: Entry): readonly Entry[] {
    const { path, flags } = entry;
    // This entry ends a walk of the whole tree, which has reported all such directories.
    if (path === ROOT && (flags & WALKED) === WALKED)
      [this.paths, this.told] = [this.told, new Set()];
    if ((flags & EntryFlag.overlong) === 0) return [entry];
    this.paths.add(path);
    this.told.add(path);
    const inside = this.namesOf(path)
      .map((name) => join(path, name))
      .filter((name) => name.length < PATH_MAX);
    const made = {
      mask: IN.CREATE,
      before: ObjectType.unknown,
      after: ObjectType.unknown,
      flags: EntryFlag.recursive,
      since: entry.since,
    };
    return [
      { ...entry, flags: flags & ~EntryFlag.overlong },
      ...inside.map((name) => ({ ...made, path: name })),
    ];
  }
}
