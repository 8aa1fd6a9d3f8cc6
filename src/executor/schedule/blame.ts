/**
 * Finds the entries that a handler's error messages name, among those that failed together. Pure,
 * except for `exists`.
 */
import {
  PATH_MAX,
  ROOT,
  directoriesAbove,
  isBeneath,
  isRelative,
  parent,
} from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';

export interface Blame {
  /** Entries that are named, or whose directory above is named. */
  readonly entries: ReadonlySet<Entry>;
  /** Named paths beneath directories that were synced recursively. */
  readonly beneath: ReadonlySet<BytePath>;
}

/** @param exists whether a path exists in the source or at the destination */
export function blame(
  entries: readonly Entry[],
  named: Iterable<BytePath>,
  exists: (path: BytePath) => boolean,
): Blame {
  const wholes = new Set(
    entries.filter(({ flags }) => (flags & EntryFlag.recursive) !== 0).map(({ path }) => path),
  );
  const known = new Set(entries.flatMap(({ path }) => [path, ...directoriesAbove(path)]));
  known.delete(ROOT);
  const hit = new Set<BytePath>();
  const beneath = new Set<BytePath>();
  for (const name of named) {
    const forms = [...relativeForms(name)];
    const form = forms.find((path) => known.has(path));
    if (form !== undefined) hit.add(form);
    const inside =
      form === undefined
        ? forms.find((path) => isRelative(path) && isBeneath(path, wholes) && exists(path))
        : undefined;
    if (inside !== undefined) beneath.add(inside);
  }
  return {
    entries: new Set(entries.filter(({ path }) => hit.has(path) || isBeneath(path, hit))),
    beneath,
  };
}

/**
 * The possible relative paths of a name, longest first: it may begin with the path of the source or
 * of the destination, also on another host.
 */
function* relativeForms(name: BytePath): Iterable<BytePath> {
  let path = name;
  // A path that is too long means that the directory above it cannot be read completely.
  while (path.length >= PATH_MAX) path = parent(path);
  path = path.replace(/^(?:\.?\/)+/, '') as BytePath;
  for (let slash = 0; path !== ROOT && slash >= 0; path = path.slice(slash + 1) as BytePath) {
    yield path;
    slash = path.indexOf('/');
  }
}
