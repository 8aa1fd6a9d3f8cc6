/** Entries and refusals as the watcher sends them. */
import { fromText } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { EntryFlag, JUST_NOW, ObjectType } from '../../src/shared/entry.js';
import type { Entry, Refusal } from '../../src/shared/entry.js';

export function entry(path: string, mask: number, flags = 0): Entry {
  return {
    path: fromText(path),
    mask,
    before: ObjectType.unknown,
    after: ObjectType.unknown,
    flags,
    since: JUST_NOW,
  };
}

export function refusal(path: string, contentOnly = false): Refusal {
  return { path: fromText(path), contentOnly };
}

export const WHOLE_TREE: Entry = {
  path: '' as BytePath,
  mask: 0x40000100,
  before: ObjectType.absent,
  after: ObjectType.directory,
  flags: EntryFlag.recursive | EntryFlag.initial,
  since: JUST_NOW,
};
