/** Decides whether a successful run is to be repeated. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { earliest } from '../../../shared/clock.js';
import type { Moment } from '../../../shared/clock.js';
import { TICK } from '../../../shared/file-clock.js';
import { isWhole } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { AT_ONCE } from '../../lists/in-turns.js';
import { sharedFileChanged } from '../../lists/shared-files.js';
import type { Tree } from '../../lists/tree.js';
import { failureBy } from '../failure.js';
import type { Failure } from '../failure.js';
import type { Services } from '../mode.js';
import { PARTIAL, RSYNC_CODES } from './options.js';

const DOUBT: Failure = {
  ...failureBy({ ending: { kind: 'exited', code: PARTIAL }, codes: RSYNC_CODES, again: true }),
  reason: 'a file with several names changed',
};

/**
 * rsync sends the attributes of an object only as far as they differ from the object before it, and
 * those of an inode with several names only once. When such an inode changes between two of its
 * names, sender and receiver disagree about the previous object, and the next object gets a wrong
 * time, mode or owner (3.5.0). So after such a change the run is repeated.
 * @param began when the run began
 */
export async function doubt(
  services: Services,
  items: readonly Located[],
  began: Moment,
): Promise<Failure | undefined> {
  const { tree, pending } = services;
  const whole = items.filter(isWhole).map(({ path }) => path);
  // The watcher reports every change beneath a directory: when no path is pending, nothing changed.
  const doubtful =
    (await hasChanged(items.filter(hasSeveralNames), tree)) ||
    (whole.length > 0 &&
      pending() > 0 &&
      (await sharedFileChanged(services, whole, earliest(began) - TICK)));
  return doubtful ? DOUBT : undefined;
}

/** Looks in turns of the event loop. */
async function hasChanged(items: readonly Located[], tree: Tree): Promise<boolean> {
  for (const [index, { path, status }] of items.entries()) {
    if (index > 0 && index % AT_ONCE === 0) await nextTurn();
    if (tree.lstat(path)?.changed !== status?.changed) return true;
  }
  return false;
}

/** Whether it is an inode with several names; symbolic links and devices may have them, too. */
export function hasSeveralNames({ status }: Located): boolean {
  return status !== undefined && status.kind !== 'directory' && status.links > 1;
}
