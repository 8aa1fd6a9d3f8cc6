/** What a sync would remove: which of its entries do, and how many names at the destination. */
import { closeSync, lstatSync, opendirSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROOT, isBeneath, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { MODE_TRAITS, keepsCopy } from '../../shared/modes.js';
import { ifLocal } from '../../shared/places.js';
import { AT_ONCE } from '../lists/in-turns.js';
import { openDirectory } from '../lists/comparison.js';
import { extrasIn, placesOf } from '../lists/extras.js';
import { locate } from '../lists/files-from.js';
import type { Located } from '../lists/files-from.js';
import { nameOf, realTree, remembering } from '../lists/tree.js';
import type { Tree } from '../lists/tree.js';
import type { Services, Situation } from '../modes/mode.js';
import type { Counted } from './holding.js';
import { Protection } from '../modes/rsync/protection.js';
import type { Extra } from '../modes/rsync/protection.js';

/** What mkfs(8) makes in a new file system. */
const MADE_WITH_IT = new Set<string>(['lost+found']);

/** Whether syncing it may delete something at the destination. */
export function isRemoval(entry: Entry): boolean {
  const { before, after } = entry;
  if (after === ObjectType.absent) return true;
  if (isRecursive(entry))
    return before !== ObjectType.absent || (entry.flags & EntryFlag.initial) !== 0;
  return before === ObjectType.directory && after === ObjectType.file;
}

/** Whether something has gone that was handed over before. */
export function isGone({ before, after }: Entry): boolean {
  return after === ObjectType.absent && before !== ObjectType.absent;
}

/**
 * Whether nothing is in the directory. One that cannot be read is not empty. @param path absolute
 */
export function isEmpty(path: BytePath): boolean {
  try {
    const options = { encoding: 'buffer' as BufferEncoding };
    const directory = opendirSync(toBuffer(path), options);
    try {
      for (let found = directory.readSync(); found !== null; found = directory.readSync())
        if (!MADE_WITH_IT.has(nameOf(found))) return false;
      return true;
    } finally {
      directory.closeSync();
    }
  } catch {
    return false;
  }
}

/** Whether there is something at the path. @param path absolute */
export function isThere(path: BytePath): boolean {
  try {
    lstatSync(toBuffer(path));
    return true;
  } catch {
    return false;
  }
}

/** The number of names beneath the directory, which is read in turns. @param root absolute */
export async function countNames(root: BytePath): Promise<number> {
  const waiting: BytePath[] = [root];
  let [count, read] = [0, 0];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const names = namesIn(next);
    count += names.length;
    read += names.length + 1;
    if (read > AT_ONCE) {
      await nextTurn();
      read = 0;
    }
    for (const entry of names) if (entry.isDirectory()) waiting.push(join(next, nameOf(entry)));
  }
  return count;
}

function namesIn(directory: BytePath): Dirent[] {
  const options = { withFileTypes: true, encoding: 'buffer' as BufferEncoding } as const;
  try {
    return readdirSync(toBuffer(directory), options);
  } catch {
    return [];
  }
}

/**
 * How many names only a local destination has where these entries delete; of a remote one, how many
 * have gone from the source.
 */
export async function removalsBy(
  services: Services,
  entries: readonly Entry[],
  situation: Situation,
): Promise<Counted> {
  const { mode, destination: place } = services.settings();
  const gone = entries.filter(isGone).length;
  const destination = ifLocal(place);
  if (destination === undefined || !canBeOpened(destination)) return { names: gone };
  const { items, absent } = await located(entries, services.tree, realTree(destination));
  const extra = [...absent, ...(await extrasIn(services, destination, placesOf(items)))];
  const found = new Set(
    notRefused(extra, new Protection(services.settings), situation).map(({ path }) => path),
  ).size;
  // Other handlers need not keep a copy under the same names.
  const isCopy = MODE_TRAITS[mode].rsync !== 'nobody' || keepsCopy(mode);
  return { names: isCopy ? found : Math.max(gone, found) };
}

/** The paths of the entries, and those that only the copy has; found in turns. */
async function located(
  entries: readonly Entry[],
  tree: Tree,
  copy: Tree,
): Promise<{ items: readonly Located[]; absent: readonly Extra[] }> {
  const items = new Map<BytePath, Located>();
  const absent: Extra[] = [];
  const source = remembering(tree);
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (at > 0) await nextTurn();
    for (const item of locate(entries.slice(at, at + AT_ONCE), source)) {
      const { path, status } = item;
      if (items.has(path)) continue;
      items.set(path, item);
      const there = status === undefined ? copy.lstat(path) : undefined;
      if (there !== undefined) absent.push({ path, isDirectory: there.kind === 'directory' });
    }
  }
  return { items: [...items.values()], absent };
}

/** Without those that the rules refuse, which stay. */
export function notRefused(
  extras: readonly Extra[],
  protection: Protection,
  situation: Situation,
): readonly Extra[] {
  const own = extras.filter(({ path }) => !(path === ROOT || MADE_WITH_IT.has(path)));
  if (!protection.isNeeded(situation)) return own;
  const refused = new Set(protection.divide(own).refused);
  return own.filter(({ path }) => !refused.has(path) && !isBeneath(path, refused));
}

function canBeOpened(path: BytePath): boolean {
  const descriptor = openDirectory(path);
  if (descriptor === undefined) return false;
  closeSync(descriptor);
  return true;
}
