/**
 * The trees of a mirror in which symbolic links lead nowhere. Whoever owns a directory there may
 * put a link in its place at any moment, and rsync goes by names: with it, rsync would read, write,
 * and change the owner and mode of whatever the link names, in the same view.
 */
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { linkValue } from './grants.js';
import type { Grant } from './grants.js';
import { isProgramDirectory, PROGRAM_DIRECTORIES } from './program-directories.js';
import { sharedMount, treesOf } from './settings.js';
import type { SandboxSettings } from './settings.js';

/** The grants, those of the trees marked. */
export function withLinkless(
  grants: readonly Grant[],
  settings: SandboxSettings,
): readonly Grant[] {
  if (settings.followsLinks) return grants;
  const shared = sharedMount(settings);
  const trees = shared === undefined ? treesOf(settings) : [settings.watchDirectory, shared];
  return grants.map((grant) =>
    trees.includes(grant.path) && !needsLinks(grant.path, grants)
      ? { ...grant, linkless: true }
      : grant,
  );
}

/** Programs of the system, and what the grants name, may be found by links only. */
function needsLinks(tree: BytePath, grants: readonly Grant[]): boolean {
  return (
    isProgramDirectory(tree) ||
    PROGRAM_DIRECTORIES.some((directory) => isWithin(fromText(directory), tree)) ||
    grants.some(({ path }) => isWithin(path, tree) && linkValue(path) !== undefined)
  );
}
