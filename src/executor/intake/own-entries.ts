/** Entries that the executor makes itself, without an event. */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import { EntryFlag, JUST_NOW, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

/** For a name that only the destination has. */
export function absentEntry(path: BytePath): Entry {
  return entry(path, IN.DELETE, ObjectType.unknown, ObjectType.absent);
}

/** For a path to be synced with everything beneath it. */
export function entryBeneath(path: BytePath): Entry {
  return entry(path, IN.CREATE, ObjectType.unknown, ObjectType.unknown, EntryFlag.recursive);
}

/** For the whole tree, at a start. */
export function initialTree(): Entry {
  const { initial, recursive } = EntryFlag;
  const mask = (IN.CREATE | IN.ISDIR) >>> 0;
  const { directory } = ObjectType;
  return {
    ...entry(ROOT, mask, directory, directory, initial | recursive),
    since: monotonic(),
  };
}

/** For an object of its own, which was found in the source. */
export function foundEntry(path: BytePath): Entry {
  return entry(path, IN.CREATE, ObjectType.unknown, ObjectType.unknown);
}

/** For a directory whose attributes are to be set again. */
export function directoryAgain(path: BytePath): Entry {
  const mask = (IN.ATTRIB | IN.ISDIR) >>> 0;
  return entry(path, mask, ObjectType.directory, ObjectType.directory, EntryFlag.again);
}

/**
 * For a synced entry that is to be synced again; without its `origin`, which was passed on the
 * first time.
 */
export function syncedAgain({ path, mask, before, after, flags }: Entry): Entry {
  return entry(path, mask, before, after, (flags & ~EntryFlag.initial) | EntryFlag.again);
}

function entry(
  path: BytePath,
  mask: number,
  before: ObjectType,
  after: ObjectType,
  flags = 0,
): Entry {
  return { path, mask, before, after, flags, since: JUST_NOW };
}
