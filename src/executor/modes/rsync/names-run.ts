/** Runs of rsync with a list of names: existing ones are transferred, absent ones are deleted. */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { absentEntry } from '../../intake/own-entries.js';
import { onlyThese } from '../../lists/excludes.js';
import { placesOf } from '../../lists/extras.js';
import { filesFrom, isNewWhole, isWhole, standing } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { words } from '../../run/runner.js';
import { closedTo } from '../closed.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import type { Guard } from './guard.js';
import { isTemporary } from './names.js';
import { NO_SWEEP, NamesCalls, contentsOf } from './names-calls.js';
import type { Sweep } from './names-calls.js';
import { UNFORCED } from './options.js';
import type { Extra } from './protection.js';
import { newerOnes } from './two-way.js';
import type { Rsync } from './run.js';

const DELETING = words('--delete-missing-args');
const KEEPING = words('--ignore-missing-args');
/** Every option that such a run may have, besides those that delete. */
export const NAMES_OPTIONS = [...DELETING, ...KEEPING];

export class NamesRun {
  private readonly calls: NamesCalls;
  /** rsync at the destination refuses absent names in a list. */
  private sweepsMissing = false;

  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
    private readonly guard: Guard,
  ) {
    this.calls = new NamesCalls(services);
  }

  private get deleting(): BytePath[] {
    return [...this.rsync.deleting, ...DELETING];
  }

  private get sweeping(): BytePath[] {
    return [...this.rsync.deleting, ...KEEPING];
  }

  /** To be called when a run with these paths was interrupted. */
  brokeOff(paths: Iterable<BytePath>): void {
    this.calls.brokeOff(paths);
  }

  /** To be called after a run for the whole tree, which deletes all temporary files. */
  cleaned(): void {
    this.calls.cleaned();
  }

  /** Undefined: the run succeeded. @param more options besides those of the list */
  async run(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const isKeeping = situation.keeping === true;
    const failure = await (isKeeping
      ? this.runKeeping(items, more, situation)
      : this.services.settings().twoWay
        ? this.runTwoWay(items, more, situation)
        : this.runDeleting(items, more, situation));
    if (failure === undefined && !isKeeping) this.calls.cleaned();
    if (failure === undefined || this.sweepsMissing || !refusesMissing(failure)) return failure;
    this.sweepsMissing = true;
    this.services.report(
      'info',
      'this rsync refuses names that are gone: one level of the directories above is ' +
        'listed instead',
    );
    return this.run(items, more, situation);
  }

  /** What a run would delete. */
  async rehearse(
    items: readonly Located[],
    situation: Situation,
  ): Promise<readonly Extra[] | Failure> {
    const list = await filesFrom(items, this.services.tree, closedTo(this.services, situation));
    const only = this.calls.onlyWanted(list, [], []);
    return this.guard.rehearse(this.calls.call(list, this.deleting, situation, only), situation);
  }

  /** Nothing is deleted. */
  private async runKeeping(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const listed = items.filter(({ status }) => status !== undefined);
    if (listed.length === 0) return undefined;
    const closed = closedTo(this.services, situation);
    const list = await filesFrom(listed, this.services.tree, closed);
    const only = onlyThese(list.wanted, list.levels);
    return this.rsync.run(
      this.calls.call(list, [...KEEPING, ...UNFORCED, ...more], situation, only),
      situation,
    );
  }

  private runDeleting(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    return this.guard.isNeeded(situation)
      ? this.runGuarded(items, more, situation)
      : this.sweepAndList(items, more, situation);
  }

  /**
   * A new directory may be a copy that another daemon has not finished, so that nothing is deleted
   * in it; and what is as new at the destination is not listed.
   */
  private async runTwoWay(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const isKept = (item: Located): boolean =>
      item.status !== undefined && (isNewWhole(item) || !isWhole(item));
    const others = items.filter((item) => !isKept(item));
    const failure =
      others.length + this.calls.unclean > 0
        ? await this.runDeleting(others, more, situation)
        : undefined;
    if (failure !== undefined) return failure;
    const closed = closedTo(this.services, situation);
    const kept = items.filter(isKept);
    const listed = await newerOnes(kept, this.services, this.rsync.local, closed);
    if (listed.length === 0) return undefined;
    const list = await filesFrom(listed, this.services.tree, closed);
    const call = this.calls.call(
      list,
      [...KEEPING, ...more],
      situation,
      onlyThese(list.wanted, list.levels),
    );
    return this.rsync.run(call, situation);
  }

  private async sweepAndList(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { tree } = this.services;
    const closed = closedTo(this.services, situation);
    const isAbsent = ({ status }: Located): boolean => status === undefined;
    const [absent, listed] = [items.filter(isAbsent), items.filter((item) => !isAbsent(item))];
    const named = this.sweepsMissing ? [] : absent;
    const sweep = this.calls.sweepFor(this.sweepsMissing ? absent : []);
    const run = async (
      some: readonly Located[],
      { directories, paths, patterns }: Sweep,
      options: readonly BytePath[],
    ): Promise<Failure | undefined> => {
      const list = await filesFrom(some, tree, closed, directories);
      const all = [...(this.sweepsMissing ? this.sweeping : this.deleting), ...options];
      return this.rsync.run(
        this.calls.call(list, all, situation, this.calls.onlyWanted(list, paths, patterns)),
        situation,
      );
    };
    // Not in one run when contents are read: listing a directory's content may transfer other
    // files in it, without their other names, and so separate them. Nor where what is deleted in
    // the order of the list would change other names in it.
    const isApart =
      (more.length > 0 && sweep.directories.length > 0) ||
      (named.length > 0 && this.rsync.opensDeleted);
    if (!isApart) return run([...named, ...listed], sweep, more);
    const failure = await run(named, sweep, []);
    return failure !== undefined || listed.length === 0 ? failure : run(listed, NO_SWEEP, more);
  }

  /**
   * For rules that refuse something. A name may vanish from the source while rsync runs, after the
   * destination was examined. So only names that were absent before are deleted, each by its name.
   */
  private async runGuarded(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { tree } = this.services;
    const absent = items.filter(({ status }) => status === undefined);
    const above = standing(new Set(absent.map(({ path }) => parent(path))), tree).map(
      (path): Located => ({ entry: absentEntry(path), path, status: tree.lstat(path) }),
    );
    const isAlone = (item: Located): boolean => item.path !== ROOT || isWhole(item);
    const listed = [...items.filter(({ status }) => status !== undefined), ...above].filter(
      isAlone,
    );
    const sweep = this.calls.sweepFor(this.sweepsMissing ? absent : []);
    const directories = [...sweep.directories, ...(listed.length === 0 ? [ROOT] : [])];
    const failure =
      (absent.length === 0 || this.sweepsMissing
        ? undefined
        : await this.runByName(absent, situation)) ??
      (directories.length === 0
        ? undefined
        : await this.sweepGuarded({ ...sweep, directories }, situation));
    if (failure !== undefined || listed.length === 0) return failure;
    const list = await filesFrom(listed, tree, closedTo(this.services, situation));
    const call = this.calls.call(list, [...this.sweeping, ...more], situation);
    const places = [
      ...contentsOf(list.lines).map((path) => ({ path, shallow: true })),
      ...placesOf(listed.filter((item) => !isWhole(item))),
    ];
    const found = await this.guard.look(places, call, situation);
    const only = onlyThese(list.wanted, list.levels);
    return (
      found.failure ??
      this.rsync.run(
        { ...call, excludes: [...call.excludes, ...found.patterns, ...only] },
        situation,
      )
    );
  }

  private async runByName(
    absent: readonly Located[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const lines = absent.map(({ path }) => `./${path}` as BytePath);
    const call = this.calls.call({ lines, levels: [], wanted: [] }, this.deleting, situation);
    const found = await this.guard.look(placesOf(absent), call, situation);
    return (
      found.failure ??
      this.rsync.run({ ...call, excludes: [...call.excludes, ...found.patterns] }, situation)
    );
  }

  /**
   * Lists one level of these directories; only names of the sweep that were found to be stale are
   * deleted, and no other name is transferred.
   */
  private async sweepGuarded(
    { directories, paths }: Sweep,
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { tree } = this.services;
    const list = await filesFrom([], tree, closedTo(this.services, situation), directories);
    const call = this.calls.call(list, this.sweeping, situation);
    const found = await this.guard.look(
      list.levels.map((path) => ({ path, shallow: true })),
      call,
      situation,
    );
    const swept = new Set(paths);
    const isSwept = (path: BytePath): boolean =>
      swept.has(path) || (this.calls.isUnclean(parent(path)) && isTemporary(path));
    const only = onlyThese([...found.stale.filter(isSwept), ...list.wanted], list.levels);
    return (
      found.failure ??
      this.rsync.run(
        { ...call, excludes: [...call.excludes, ...found.patterns, ...only] },
        situation,
      )
    );
  }
}

/**
 * Debian's 3.2.7-1+deb12u5 and later take an absent name, which has no file mode, for an attack,
 * unless it lies in the root.
 */
function refusesMissing({ complaints }: Failure): boolean {
  return complaints?.some((line) => /invalid file mode 00 for /.test(line)) === true;
}
