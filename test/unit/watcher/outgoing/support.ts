/** Entries and what became of them, for the tests of what waits to be sent. */
import { fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Batch, Entry } from '../../../../src/shared/entry.js';
import type { Consumer } from '../../../../src/watcher/outgoing/pending.js';

const UNBOUNDED = { size: Infinity, bytes: Infinity };

export function change(path: string, parts: Partial<Entry> = {}): Entry {
  return {
    path: fromText(path),
    mask: 2,
    before: ObjectType.file,
    after: ObjectType.file,
    flags: 0,
    since: 0,
    ...parts,
  };
}

export function whole(path: string): Entry {
  return change(path, { after: ObjectType.directory, flags: EntryFlag.recursive });
}

export function gone(path: string): Entry {
  return change(path, { after: ObjectType.absent, flags: EntryFlag.implied });
}

/** All that waits, by the paths; a slash stands for what is taken recursively. */
export function taken(consumer: Consumer, limits = UNBOUNDED): string[] {
  return pathsOf(consumer.take(limits)?.changes ?? []);
}

export function pathsOf(changes: Batch['changes']): string[] {
  return changes.map(
    ({ path, flags }): BytePath | string => path + (flags & EntryFlag.recursive ? '/' : ''),
  );
}
