/** Mode rsyncdirect with arguments of our own choosing: a recursive run for the whole tree, lists of names for changes. */
import { ROOT, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { exactPattern } from '../lists/excludes.js';
import { filesFrom, isWholeRoot, partition, standing } from '../lists/files-from.js';
import type { Located } from '../lists/files-from.js';
import { words } from '../runner.js';
import { warnOfOldRsync } from '../rsync-version.js';
import { handlerOf } from './handler-call.js';
import type { Failure, Mode, Services, Situation, Step } from './mode.js';
import { PARTIAL } from './rsync-options.js';
import { Rsync, isRsync } from './rsync.js';

export class RsyncLists implements Mode {
  readonly carriesDirectories = true;
  private readonly rsync: Rsync;
  /** What the last sync had in hand, and when it began (milliseconds since the epoch). */
  private lastPaths: ReadonlySet<BytePath> = new Set();
  private lastBegan = 0;
  /** Directories in which a run that broke off may have left temporary files: listed with their content, which deletes those. */
  private readonly unclean = new Set<BytePath>();

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
    return this.step(items, async () => {
      const failure = await this.rsync.run({ options, input: '--exclude-from', excludes }, situation);
      if (failure === undefined) this.unclean.clear();
      return failure;
    });
  }

  private list(items: readonly Located[], more: readonly BytePath[], situation: Situation): Step {
    const { tree, refused } = this.services;
    return this.step(items, async () => {
      const files = filesFrom(items, tree, refused.all, standing(this.unclean, tree).filter((path) => !refused.covers(path)));
      // Only the content of listed directories is looked for, and so may hold what is refused.
      const excludes = files.some((line) => line.endsWith('/')) ? refused.beneath(ROOT).map(exactPattern) : [];
      const options = [...words('--delete', '--delete-missing-args'), ...more];
      const failure = await this.rsync.run({ options, input: '--files-from', files, excludes }, situation);
      if (failure === undefined) this.unclean.clear();
      else if (failure.exit !== PARTIAL) for (const { path } of items) this.unclean.add(parent(path));
      return failure;
    });
  }

  private step(items: readonly Located[], run: () => Promise<Failure | undefined>): Step {
    return { entries: items.map(({ entry }) => entry), run };
  }
}
