/** Mode rsyncdirect with arguments of our own choosing: a recursive run for the whole tree, lists of names for changes. */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { exactPattern } from '../lists/excludes.js';
import { filesFrom, isWholeRoot, partition } from '../lists/files-from.js';
import type { Located } from '../lists/files-from.js';
import { words } from '../runner.js';
import { warnOfOldRsync } from '../rsync-version.js';
import { handlerOf } from './handler-call.js';
import type { Failure, Mode, Services, Situation, Step } from './mode.js';
import { Rsync, isRsync } from './rsync.js';

export class RsyncLists implements Mode {
  readonly carriesDirectories = true;
  private readonly rsync: Rsync;
  /** What the last sync had in hand, and when it began (milliseconds since the epoch). */
  private lastPaths: ReadonlySet<BytePath> = new Set();
  private lastBegan = 0;

  constructor(private readonly services: Services) {
    this.rsync = new Rsync(services);
  }

  /** Not waited for: it is only a warning. */
  open(): Promise<void> {
    if (isRsync(handlerOf(this.services))) void warnOfOldRsync(this.services);
    return Promise.resolve();
  }

  plan(entries: readonly Entry[], situation: Situation): Step[] {
    const counted = { ...situation, iteration: situation.iteration + 1 };
    const { refused, tree } = this.services;
    // What was refused after it had changed is left alone.
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    const { quick, read } = partition(admitted, tree, (path) => (this.lastPaths.has(path) ? this.lastBegan : undefined));
    this.lastPaths = new Set(entries.map(({ path }) => path));
    this.lastBegan = Date.now();
    const reading = read.length > 0 ? [this.list(read, words('--ignore-times'), counted)] : [];
    if (quick.length === 0) return reading;
    // The whole tree last: its list alone holds every name of an inode, of which a list of changes may have torn one off.
    if (quick.some(isWholeRoot)) return [...reading, this.wholeTree(quick, counted)];
    return [this.list(quick, [], counted), ...reading];
  }

  private wholeTree(items: readonly Located[], situation: Situation): Step {
    const excludes = this.services.refused.beneath(ROOT).map(exactPattern);
    // rsync 3.5.0 that lists directories while it copies waits for itself for ever when some of them vanish meanwhile.
    const options = words('--delete', '--no-inc-recursive', '--info=progress2');
    return this.step(items, () => this.rsync.run({ options, input: '--exclude-from', excludes }, situation));
  }

  private list(items: readonly Located[], more: readonly BytePath[], situation: Situation): Step {
    const { tree, refused } = this.services;
    return this.step(items, () => {
      const files = filesFrom(items, tree, refused.all);
      // Only the content of listed directories is looked for, and so may hold what is refused.
      const excludes = files.some((line) => line.endsWith('/')) ? refused.beneath(ROOT).map(exactPattern) : [];
      const options = [...words('--delete', '--delete-missing-args'), ...more];
      return this.rsync.run({ options, input: '--files-from', files, excludes }, situation);
    });
  }

  private step(items: readonly Located[], run: () => Promise<Failure | undefined>): Step {
    return { entries: items.map(({ entry }) => entry), run };
  }
}
