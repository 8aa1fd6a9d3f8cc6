/** Makes entries from findings and walks. Pure. */
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { IN } from '../../shared/inotify-mask.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Finding } from '../monitor/findings.js';
import type { Job } from '../walks/jobs.js';

/** Event bits about a path; the others are about the watch or the queue. */
const REPORTED =
  IN.ACCESS |
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.CLOSE_NOWRITE |
  IN.OPEN |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.CREATE |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.MOVE_SELF |
  IN.ISDIR;

/** Event bits of an object that a walk has found: as if it had just been created. */
export const MADE = { file: IN.CREATE, directory: (IN.CREATE | IN.ISDIR) >>> 0 } as const;

/** The event bits that an entry reports. */
export function reported(mask: number): number {
  return (mask & REPORTED) >>> 0;
}

/** @param bigFileThreshold bytes; 0: no file is big. @param flags more `EntryFlag` bits */
export function entryOfEvent(found: Finding, bigFileThreshold: number, flags: number): Entry {
  const { path, type, since, origin } = found;
  return {
    path,
    mask: reported(found.mask),
    before: typeBefore(found),
    after: type,
    flags: flags | bigFlag(found, bigFileThreshold),
    since,
    ...(origin === undefined ? {} : { origin }),
  };
}

/** An object found by a walk. */
export function entryOfWalk(
  found: Finding,
  bigFileThreshold: number,
  flags: number,
  now: number,
): Entry {
  const { path, type } = found;
  const mask = type === ObjectType.directory ? MADE.directory : MADE.file;
  return {
    path,
    mask,
    before: ObjectType.absent,
    after: type,
    flags: flags | bigFlag(found, bigFileThreshold),
    since: now,
  };
}

/** The directory a walk began with, together with everything beneath it. */
export function entryOfWhole(path: BytePath, job: Job, flags: number): Entry {
  const { kind, mask, since, origin } = job;
  const before = kind === 'directory' ? ObjectType.absent : ObjectType.directory;
  return {
    path,
    mask,
    before,
    after: ObjectType.directory,
    flags: flags | EntryFlag.recursive,
    since,
    ...(origin === undefined ? {} : { origin }),
  };
}

/** A directory is gone from its path; there may be no event for it. */
export function goneEntry(path: BytePath, now: number): Entry {
  const mask = (IN.DELETE | IN.ISDIR) >>> 0;
  return {
    path,
    mask,
    before: ObjectType.directory,
    after: ObjectType.absent,
    flags: EntryFlag.implied,
    since: now,
  };
}

/** A directory that cannot be synced as a whole: a path in it is longer than PATH_MAX. */
export function overlongEntry(path: BytePath, now: number): Entry {
  const mask = (IN.ATTRIB | IN.ISDIR) >>> 0;
  return {
    path,
    mask,
    before: ObjectType.directory,
    after: ObjectType.directory,
    flags: EntryFlag.overlong,
    since: now,
  };
}

/** Another name of an inode that was written or has gained or lost a name. */
export function linkedEntry(path: BytePath, now: number): Entry {
  return {
    path,
    mask: IN.ATTRIB,
    before: ObjectType.file,
    after: ObjectType.file,
    flags: EntryFlag.linked,
    since: now,
  };
}

function bigFlag({ type, size }: Finding, threshold: number): number {
  return threshold > 0 && type === ObjectType.file && size > threshold ? EntryFlag.big : 0;
}

/** What stood there before the first event, as far as that event says. */
function typeBefore({ first, type }: Finding): ObjectType {
  if ((first & (IN.CREATE | IN.MOVED_TO)) !== 0) return ObjectType.absent;
  if ((first & IN.ISDIR) !== 0 || (first & (IN.DELETE_SELF | IN.MOVE_SELF)) !== 0)
    return ObjectType.directory;
  return type === ObjectType.directory && (first & IN.ATTRIB) !== 0
    ? ObjectType.directory
    : ObjectType.file;
}
