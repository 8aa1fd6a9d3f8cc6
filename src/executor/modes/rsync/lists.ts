/**
 * Mode rsyncdirect with arguments of our choice: a recursive run for the whole tree, runs with
 * lists of names for changes.
 */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { moment } from '../../../shared/clock.js';
import { ObjectType, isRecursive } from '../../../shared/entry.js';
import type { Entry } from '../../../shared/entry.js';
import { notRefused, removalsBy } from '../../deletions/removals.js';
import type { Counted } from '../../deletions/holding.js';
import { entryBeneath } from '../../intake/own-entries.js';
import { copiesIn } from '../../lists/copies.js';
import { SPARSE_LEAST, SPARSE_SHARE } from '../../lists/comparison.js';
import { isWhole, isWholeRoot, locate, mayBeDoubtful, partition } from '../../lists/files-from.js';
import type { InHandSince, Located } from '../../lists/files-from.js';
import { Looked } from '../../lists/looked.js';
import { planInTurns } from '../../lists/in-turns.js';
import { markTied, mayBeTied } from '../../lists/tied.js';
import { namesOf, realTree } from '../../lists/tree.js';
import type { Tree } from '../../lists/tree.js';
import { EVERY } from '../../schedule/together.js';
import { versionCommand, warnOfOldRsync } from './version.js';
import { handlerOf, isRsync } from '../handler-call.js';
import type { Failure } from '../failure.js';
import type { Mode, Plan, Services, Situation, Step } from '../mode.js';
import { doubt, hasSeveralNames } from './doubt.js';
import { NAMES_OPTIONS, NamesRun } from './names-run.js';
import { Guard, REHEARSING } from './guard.js';
import { AHEAD, Ahead, KEEPING_HOLES, REREADING } from './ahead.js';
import { PARTIAL, UNFORCED, mayBeOfOne } from './options.js';
import { Protection } from './protection.js';
import { ASKING, learnRemoteTimes } from './remote-times.js';
import { Rsync } from './run.js';
import { WHOLE_OPTIONS, WholeRun } from './whole-run.js';

/** Milliseconds after which a first sync without a delay has begun. */
const QUESTION_DELAY = 15;

export class RsyncLists implements Mode {
  readonly carriesDirectories = true;
  private readonly rsync: Rsync;
  /** The destination, if it is local. */
  private readonly copyTree: Tree | undefined;
  readonly keeps = true;
  private readonly protection: Protection;
  private readonly ahead: Ahead;
  private readonly looked: Looked;
  private readonly names: NamesRun;
  private readonly whole: WholeRun;
  private asked = false;
  private question: NodeJS.Timeout | undefined;

  constructor(private readonly services: Services) {
    this.rsync = new Rsync(services);
    const { local } = this.rsync;
    this.copyTree = local === undefined ? undefined : realTree(local);
    this.protection = new Protection(services.settings);
    const guard = new Guard(services, this.rsync);
    this.names = new NamesRun(services, this.rsync, guard);
    this.whole = new WholeRun(services, this.rsync, guard, this.names);
    this.ahead = new Ahead(services, this.rsync);
    this.looked = new Looked(services.tree);
  }

  /** Another program in rsync's place may rely on being called once at a time. */
  get overtakes(): boolean {
    return isRsync(handlerOf(this.services)) && !this.services.settings().twoWay;
  }

  commands(): string[] {
    return [
      ...this.rsync.commands([
        ...NAMES_OPTIONS,
        ...AHEAD,
        ...WHOLE_OPTIONS,
        ...REHEARSING,
        ...ASKING,
        ...UNFORCED,
      ]),
      versionCommand(this.services),
    ];
  }

  open(): Promise<void> {
    this.rsync.open();
    // Not awaited, since it only leads to a warning; delayed, so that the first sync starts sooner.
    if (isRsync(handlerOf(this.services)))
      this.question = setTimeout(() => void warnOfOldRsync(this.services), QUESTION_DELAY);
    return Promise.resolve();
  }

  close(): Promise<void> {
    clearTimeout(this.question);
    return this.rsync.close();
  }

  keyOf(entry: Entry, isToBePlanned = false): string | undefined {
    // What is refused is not synced; and something that hangs may be mounted there.
    if (this.services.refused.covers(entry.path)) return undefined;
    const status = isToBePlanned ? this.looked.look(entry) : this.services.tree.lstat(entry.path);
    if (status?.kind === 'directory') return isRecursive(entry) ? EVERY : undefined;
    return status !== undefined && status.links > 1 ? status.inode : undefined;
  }

  brokeOff(paths: readonly BytePath[]): void {
    this.names.brokeOff(paths);
  }

  has(path: BytePath): boolean {
    return this.services.tree.lstat(path) !== undefined || this.copyTree?.lstat(path) !== undefined;
  }

  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan> {
    const counted = { ...situation, iteration: situation.iteration + 1 };
    const { refused } = this.services;
    // Paths that were refused after their change are not synced.
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    this.rsync.learnTimes();
    const { coarse } = copiesIn(undefined, this.rsync.times.window);
    return planInTurns(
      admitted,
      this.looked.treeFor(admitted),
      (source, copy) => this.steps(admitted, source, copy, counted),
      {
        tree: this.copyTree,
        isNeeded: (item) => mayBeDoubtful(item, coarse, this.inHandSince) || mayBeTied(item, true),
      },
    );
  }

  /** At another host only rsync knows, for which it walks there. */
  async removals(entries: readonly Entry[], situation: Situation): Promise<Counted> {
    const { services } = this;
    const isCertain = ({ before, after }: Entry): boolean =>
      before === ObjectType.file && after === ObjectType.absent;
    if (
      this.rsync.local !== undefined ||
      !isRsync(handlerOf(services)) ||
      services.settings().twoWay ||
      entries.every(isCertain)
    )
      return removalsBy(services, entries, situation);
    const items = locate(
      entries.filter(({ path }) => !services.refused.covers(path)),
      services.tree,
    );
    if (items.length === 0) return { names: 0 };
    const found = items.some(isWholeRoot)
      ? await this.whole.rehearse(situation)
      : await this.names.rehearse(items, situation);
    if ('ending' in found) return { failure: found };
    return { names: notRefused(found, this.protection, situation).length };
  }

  private readonly inHandSince: InHandSince = (path) => this.services.recent.since(path);

  private steps(
    admitted: readonly Entry[],
    source: Tree,
    copy: Tree | undefined,
    counted: Situation,
  ): Step[] {
    const copies = copiesIn(copy, this.rsync.times.window);
    const { quick, read } = markTied(partition(admitted, source, copies, this.inHandSince), copy);
    const reading = read.length > 0 ? this.lists(read, REREADING, counted) : [];
    // The whole tree comes after: a list of changes may have separated a name from its inode at the
    // destination, and only a run for the whole tree has every name of it.
    if (quick.some(isWholeRoot)) {
      const notEntered = this.services.notEntered();
      if (notEntered.has(ROOT)) return this.byName(quick, notEntered, source, reading, counted);
      const isInside = ({ path }: Located): boolean =>
        notEntered.has(path) || notEntered.has(parent(path));
      return [
        ...reading,
        this.wholeTree(
          quick.filter((item) => !isInside(item)),
          counted,
        ),
        ...this.lists(quick.filter(isInside), [], counted),
      ];
    }
    return [...this.lists(quick, [], counted), ...reading];
  }

  /**
   * The whole tree, where the root may not be listed: what is in it is synced by name. Names that
   * only the destination has stay there.
   */
  private byName(
    items: readonly Located[],
    notEntered: ReadonlySet<BytePath>,
    source: Tree,
    reading: readonly Step[],
    situation: Situation,
  ): Step[] {
    const { refused, settings } = this.services;
    const inside = namesOf(settings().watchDirectory)
      .filter((name) => !refused.covers(name) && !notEntered.has(name))
      .map((path): Located => ({ entry: entryBeneath(path), path, status: source.lstat(path) }));
    const others = items.filter((item) => !isWholeRoot(item));
    return [...reading, ...this.lists([...inside, ...others], [], situation)];
  }

  /**
   * Inodes with several names get a run of their own, as `doubt` may have it repeated; so do
   * directories synced whole, which may contain such inodes.
   */
  private lists(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Step[] {
    const isShared = (item: Located): boolean => isWhole(item) || hasSeveralNames(item);
    const [alone, shared] = [items.filter((item) => !isShared(item)), items.filter(isShared)];
    const groups = [alone.filter((item) => !hasHoles(item)), alone.filter(hasHoles), shared];
    return groups
      .filter((group) => group.length > 0)
      .map((group) =>
        this.list(group, group.some(hasHoles) ? [...more, ...KEEPING_HOLES] : more, situation),
      );
  }

  private wholeTree(items: readonly Located[], situation: Situation): Step {
    return this.step(items, async () => {
      const began = moment();
      const failure =
        (await this.ask(situation)) ??
        (await this.ahead.run(items, [], situation)) ??
        (await this.whole.run(situation));
      if (failure !== undefined) return failure;
      this.names.cleaned();
      this.ahead.wholeSynced(began);
      return doubt(this.services, items, began);
    });
  }

  /**
   * Asks another host's rsync once how it stores times; does not ask another program in rsync's
   * place.
   */
  private async ask(situation: Situation): Promise<Failure | undefined> {
    if (this.asked || this.copyTree !== undefined || !isRsync(handlerOf(this.services)))
      return undefined;
    const failure = await learnRemoteTimes(this.services, this.rsync, situation);
    this.asked = failure === undefined;
    return failure;
  }

  private list(items: readonly Located[], more: readonly BytePath[], situation: Situation): Step {
    return this.step(items, async () => {
      const began = moment();
      // Such a run would replace what has changed at the destination since it was compared.
      const isAhead = !this.services.settings().twoWay;
      const failure =
        (isAhead ? await this.ahead.run(items, more, situation) : undefined) ??
        (await this.names.run(items, more, situation));
      if (failure === undefined) return doubt(this.services, items, began);
      if (failure.exit !== PARTIAL) this.names.brokeOff(items.map(({ path }) => path));
      return { ...failure, divisible: mayBeOfOne(failure.ending) };
    });
  }

  private step(items: readonly Located[], run: () => Promise<Failure | undefined>): Step {
    return { entries: items.map(({ entry }) => entry), run };
  }
}

function hasHoles({ status }: Located): boolean {
  return (
    status?.kind === 'file' &&
    status.size >= SPARSE_LEAST &&
    status.allocated < status.size / SPARSE_SHARE
  );
}
