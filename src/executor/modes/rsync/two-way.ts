/**
 * What is copied to a local destination that another daemon mirrors back (`--two-way`). rsync's
 * `--update` compares whole seconds, and copies that the other daemon has just made come back
 * within one; so files that are as new at the destination are not listed, and a new directory is
 * listed object by object.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { join } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Entry } from '../../../shared/entry.js';
import { IN } from '../../../shared/inotify-mask.js';
import { isNewWhole } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { AT_ONCE } from '../../lists/in-turns.js';
import { namesOf, realTree } from '../../lists/tree.js';
import type { Tree } from '../../lists/tree.js';
import { entryBeneath, foundEntry } from '../../intake/own-entries.js';
import type { Closed } from '../closed.js';
import { inWords } from '../../schedule/naming.js';
import type { Services } from '../mode.js';

/** What rsync copies gets its name by a rename: a file with these was written by others. */
const WRITTEN = IN.MODIFY | IN.CLOSE_WRITE;

/**
 * The items that are to be listed, without those that are as new at the destination. Those of which
 * a change is lost by that are named in the log.
 * @param local the destination; undefined: it is on another host, and cannot be looked at
 */
export async function newerOnes(
  items: readonly Located[],
  { tree, settings, report }: Pick<Services, 'tree' | 'settings' | 'report'>,
  local: BytePath | undefined,
  closed: Closed,
): Promise<readonly Located[]> {
  if (local === undefined) return items;
  const copy = realTree(local);
  const newer: Located[] = [];
  const lost: Entry[] = [];
  const waiting = [...items].reverse();
  let looked = 0;
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    if (++looked % AT_ONCE === 0) await nextTurn();
    if (!isAsNew(item, copy))
      newer.push(isNewWhole(item) ? { ...item, entry: foundEntry(item.path) } : item);
    else if (isLost(item, copy)) lost.push(item.entry);
    if (!isNewWhole(item) || closed.contents.has(item.path)) continue;
    for (const name of namesOf(join(settings().watchDirectory, item.path))) {
      const path = join(item.path, name);
      const status = closed.all.has(path) ? undefined : tree.lstat(path);
      if (status === undefined) continue;
      const entry = status.kind === 'directory' ? entryBeneath(path) : foundEntry(path);
      waiting.push({ entry, path, status });
    }
  }
  if (lost.length > 0)
    report('warning', `changed on both sides, of which the newer one stays: ${inWords(lost)}`);
  return newer;
}

/**
 * Whether what was written here is not at the destination, which has a newer file: that one stays
 * there, or has come here since.
 */
function isLost({ entry, path, status }: Located, copy: Tree): boolean {
  if ((entry.mask & WRITTEN) === 0 || status === undefined) return false;
  const isReplaced = (entry.mask & IN.MOVED_TO) !== 0;
  return isReplaced || (copy.lstat(path)?.modified ?? 0) > status.modified;
}

/**
 * Another name of an inode may have to be listed with this one, so a file with several names counts
 * as equal nowhere.
 */
function isAsNew({ entry, path, status }: Located, copy: Tree): boolean {
  if (status?.kind !== 'file') return false;
  const there = copy.lstat(path);
  if (there?.kind !== 'file') return false;
  const isEqual = there.modified === status.modified && there.size === status.size;
  return (
    there.modified > status.modified ||
    (isEqual && status.links === 1 && (entry.mask & IN.ATTRIB) === 0)
  );
}
