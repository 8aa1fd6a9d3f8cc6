/** Entries that the executor makes itself: no event told of them. */
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, JUST_NOW, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';

/** A name that stands at the destination only. */
export function goneEntry(path: BytePath): Entry {
  return entry(path, IN.DELETE, ObjectType.unknown, ObjectType.absent);
}

/** Something in a directory that is taken whole, by itself. */
export function entryBeneath(path: BytePath): Entry {
  return entry(path, IN.CREATE, ObjectType.unknown, ObjectType.unknown, EntryFlag.recursive);
}

/** A directory whose attributes are to be set again. */
export function directoryAgain(path: BytePath): Entry {
  const mask = (IN.ATTRIB | IN.ISDIR) >>> 0;
  return entry(path, mask, ObjectType.directory, ObjectType.directory);
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
