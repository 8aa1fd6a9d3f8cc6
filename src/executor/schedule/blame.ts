/**
 * Which of the entries that failed together a handler's complaints are about. Pure, but for the
 * tree it asks.
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
  /** Entries it names, or names a directory above of. */
  readonly entries: ReadonlySet<Entry>;
  /** What it names in directories that were to be taken whole. */
  readonly beneath: ReadonlySet<BytePath>;
}

/** @param exists whether there is such a path, in the source or at the destination */
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
 * A name may begin with the path of the source or of the destination, here or on another host: the
 * longest that fits is meant.
 */
function* relativeForms(name: BytePath): Iterable<BytePath> {
  let path = name;
  // A path that is too long says that the directory above cannot be read to its end.
  while (path.length >= PATH_MAX) path = parent(path);
  path = path.replace(/^(?:\.?\/)+/, '') as BytePath;
  for (let slash = 0; path !== ROOT && slash >= 0; path = path.slice(slash + 1) as BytePath) {
    yield path;
    slash = path.indexOf('/');
  }
}
