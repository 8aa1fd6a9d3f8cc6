/**
 * Mode rsyncdirect with arguments of our own choosing: a recursive run for the whole tree, lists of
 * names for changes.
 */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { EntryFlag } from '../../../shared/entry.js';
import type { Entry } from '../../../shared/entry.js';
import { goneEntry } from '../../intake/own-entries.js';
import { TICK } from '../../../shared/file-clock.js';
import { copiesIn } from '../../lists/copies.js';
import { SPARSE_LEAST, SPARSE_SHARE } from '../../lists/comparison.js';
import { exactExcludes, onlyThese } from '../../lists/excludes.js';
import { placesOf } from '../../lists/extras.js';
import { filesFrom, isWhole, isWholeRoot, partition, standing } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { planInTurns } from '../../lists/in-turns.js';
import { markTied } from '../../lists/tied.js';
import { sharedFileChanged } from '../../lists/shared-files.js';
import { realTree } from '../../lists/tree.js';
import type { Tree } from '../../lists/tree.js';
import { words } from '../../run/runner.js';
import { EVERY } from '../../schedule/together.js';
import { versionCommand, warnOfOldRsync } from './version.js';
import { handlerOf, isRsync } from '../handler-call.js';
import type { Failure } from '../failure.js';
import type { Mode, Plan, Services, Situation, Step } from '../mode.js';
import { Guard, REHEARSING } from './guard.js';
import { AHEAD, Ahead, KEEPING_HOLES, REREADING } from './ahead.js';
import { PARTIAL, RSYNC_CODES } from './options.js';
import { closedTo, pathsAndAbove } from '../closed.js';
import { ASKING, learnRemoteTimes } from './remote-times.js';
import { Rsync } from './run.js';
import type { RsyncCall } from './run.js';

const DELETING = words('--delete', '--delete-missing-args');
const SWEEPING = words('--delete', '--ignore-missing-args');
/**
 * rsync 3.5.0 that lists directories while it copies waits for itself for ever when some of them
 * vanish meanwhile.
 */
const WHOLE = words('--no-inc-recursive', '--info=progress2');
const DELETING_WHOLE = words('--delete');

/** Said after a run that ended well, when it is to be repeated. */
const DOUBT = {
  ending: { kind: 'exited', code: PARTIAL },
  exit: PARTIAL,
  reason: 'a file with several names changed',
  again: true,
  denied: false,
} as const;

/** Milliseconds in which a first sync that can begin at once has begun. */
const QUESTION_DELAY = 15;

export class RsyncLists implements Mode {
  readonly carriesDirectories = true;
  private readonly rsync: Rsync;
  /** The destination, if it is here. */
  private readonly copyTree: Tree | undefined;
  private readonly ahead: Ahead;
  private readonly guard: Guard;
  /**
   * Directories in which a run that broke off may have left temporary files: listed with their
   * content, which deletes those.
   */
  private readonly unclean = new Set<BytePath>();
  /** The other side takes no names that are gone. */
  private sweepsMissing = false;
  private asked = false;
  private question: NodeJS.Timeout | undefined;

  constructor(private readonly services: Services) {
    this.rsync = new Rsync(services);
    const { local } = this.rsync;
    this.copyTree = local === undefined ? undefined : realTree(local);
    this.guard = new Guard(services, this.rsync);
    this.ahead = new Ahead(services, this.rsync);
  }

  commands(): string[] {
    return [
      this.rsync.command([
        ...DELETING,
        ...SWEEPING,
        ...AHEAD,
        ...WHOLE,
        ...DELETING_WHOLE,
        ...REHEARSING,
        ...ASKING,
      ]),
      versionCommand(this.services),
    ];
  }

  open(): Promise<void> {
    this.rsync.prepare();
    // Not waited for, since it is only a warning; and not now, when the first sync is about to
    // begin.
    if (isRsync(handlerOf(this.services)))
      this.question = setTimeout(() => void warnOfOldRsync(this.services), QUESTION_DELAY);
    return Promise.resolve();
  }

  close(): Promise<void> {
    clearTimeout(this.question);
    return Promise.resolve();
  }

  keyOf({ path, flags }: Entry): string | undefined {
    const status = this.services.tree.lstat(path);
    if (status?.kind === 'directory')
      return (flags & EntryFlag.recursive) !== 0 ? EVERY : undefined;
    return status !== undefined && status.links > 1 ? status.inode : undefined;
  }

  has(path: BytePath): boolean {
    return this.services.tree.lstat(path) !== undefined || this.copyTree?.lstat(path) !== undefined;
  }

  plan(entries: readonly Entry[], situation: Situation): Plan | Promise<Plan> {
    const counted = { ...situation, iteration: situation.iteration + 1 };
    const { refused, tree } = this.services;
    // What was refused after it had changed is left alone.
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    return planInTurns(admitted, tree, (looked) => this.steps(admitted, looked, counted));
  }

  private steps(admitted: readonly Entry[], tree: Tree, counted: Situation): Step[] {
    const { recent } = this.services;
    this.rsync.learnTimes();
    const copies = copiesIn(this.copyTree, this.rsync.times.window);
    const { quick, read } = markTied(
      partition(admitted, tree, copies, (path) => recent.since(path)),
      this.copyTree,
    );
    const reading = read.length > 0 ? this.lists(read, REREADING, counted) : [];
    // The whole tree last: its list alone holds every name of an inode, of which a list of changes
    // may have torn one off.
    if (quick.some(isWholeRoot)) {
      const overlong = this.services.overlong();
      const isInside = ({ path }: Located): boolean =>
        overlong.has(path) || overlong.has(parent(path));
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
   * What concerns files with several names has a run of its own, see `doubt`; a directory taken
   * whole may hold some.
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
      const began = Date.now();
      const failure =
        (await this.ask(situation)) ??
        (await this.ahead.run(items, [], situation)) ??
        (await this.runWhole(situation));
      if (failure !== undefined) return failure;
      this.unclean.clear();
      this.ahead.wholeSynced(began);
      return this.doubt(items, began);
    });
  }

  /** Another host's rsync is asked once what it keeps; another program in rsync's place is not. */
  private async ask(situation: Situation): Promise<Failure | undefined> {
    if (this.asked || this.copyTree !== undefined || !isRsync(handlerOf(this.services)))
      return undefined;
    const failure = await learnRemoteTimes(this.services, this.rsync, situation);
    this.asked = failure === undefined;
    return failure;
  }

  /**
   * Where the rules refuse something, rsync would delete what comes to be at the destination after
   * it was looked at, and this run may take long: what is stale is deleted at once, by its name.
   */
  private async runWhole(situation: Situation): Promise<Failure | undefined> {
    const { services } = this;
    const closed = closedTo(services, situation);
    const excludes = exactExcludes(closed, ROOT);
    const call = {
      options: [...DELETING_WHOLE, ...WHOLE],
      input: '--exclude-from',
      excludes,
    } as const;
    if (!this.guard.isNeeded(situation)) return this.rsync.run(call, situation);
    const spared = await this.guard.look([{ path: ROOT }], call, situation);
    if (spared.failure !== undefined) return spared.failure;
    const gone = spared.stale.map((path): Located => ({
      entry: goneEntry(path),
      path,
      status: undefined,
    }));
    const isThere = (path: BytePath): boolean =>
      services.tree.lstat(parent(path))?.kind === 'directory';
    const listed = gone.filter(
      ({ path }) =>
        !closed.covers(path) && services.tree.lstat(path) === undefined && isThere(path),
    );
    const failure = listed.length > 0 ? await this.runList(listed, [], situation) : undefined;
    return (
      failure ??
      this.rsync.run(
        { ...call, options: WHOLE, excludes: [...excludes, ...spared.patterns] },
        situation,
      )
    );
  }

  private list(items: readonly Located[], more: readonly BytePath[], situation: Situation): Step {
    return this.step(items, async () => {
      const began = Date.now();
      const failure =
        (await this.ahead.run(items, more, situation)) ??
        (await this.runList(items, more, situation));
      if (failure === undefined) return this.doubt(items, began);
      if (failure.exit !== PARTIAL) for (const { path } of items) this.unclean.add(parent(path));
      return failure;
    });
  }

  private async runList(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const failure = await (this.guard.isNeeded(situation)
      ? this.runGuarded(items, more, situation)
      : this.sweepAndList(items, more, situation));
    if (failure === undefined) this.unclean.clear();
    if (failure === undefined || this.sweepsMissing || !refusesMissing(failure)) return failure;
    this.sweepsMissing = true;
    this.services.report(
      'info',
      'this rsync refuses names that are gone: one level of the directories above is listed instead',
    );
    return this.runList(items, more, situation);
  }

  private async sweepAndList(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { tree } = this.services;
    const closed = closedTo(this.services, situation);
    const isSwept = ({ status }: Located): boolean => this.sweepsMissing && status === undefined;
    const listed = items.filter((item) => !isSwept(item));
    const swept = this.toSweep(items.filter(isSwept));
    const run = (
      some: readonly Located[],
      directories: readonly BytePath[],
      options: readonly BytePath[],
    ): Promise<Failure | undefined> =>
      this.rsync.run(
        this.call(
          filesFrom(some, tree, closed, directories),
          [...(this.sweepsMissing ? SWEEPING : DELETING), ...options],
          situation,
        ),
        situation,
      );
    if (more.length === 0 || swept.length === 0) return run(listed, swept, more);
    // Not with the rest where that is read: a file beside, rewritten without its other names, would
    // lose them.
    const failure = await run([], swept, []);
    return failure !== undefined || listed.length === 0 ? failure : run(listed, [], more);
  }

  /**
   * Where the rules refuse something, a name may go while rsync runs, after it was looked at what
   * is there at the destination: only what was gone before is deleted, by its name.
   */
  private async runGuarded(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const { tree } = this.services;
    const gone = items.filter(({ status }) => status === undefined);
    const above = standing(new Set(gone.map(({ path }) => parent(path))), tree).map(
      (path): Located => ({ entry: goneEntry(path), path, status: tree.lstat(path) }),
    );
    const isAlone = (item: Located): boolean => item.path !== ROOT || isWhole(item);
    const listed = [...items.filter(({ status }) => status !== undefined), ...above].filter(
      isAlone,
    );
    const swept = new Set([
      ...this.toSweep(this.sweepsMissing ? gone : []),
      ...(listed.length === 0 ? [ROOT] : []),
    ]);
    const failure =
      (gone.length === 0 || this.sweepsMissing
        ? undefined
        : await this.runByName(gone, situation)) ??
      (swept.size === 0 ? undefined : await this.sweepGuarded([...swept], situation));
    if (failure !== undefined || listed.length === 0) return failure;
    const files = filesFrom(listed, tree, closedTo(this.services, situation));
    const call = this.call(files, [...SWEEPING, ...more], situation);
    const places = [
      ...contentsOf(files).map((path) => ({ path, shallow: true })),
      ...placesOf(listed.filter((item) => !isWhole(item))),
    ];
    const found = await this.guard.look(places, call, situation);
    // The root's attributes may need one level of it.
    const only = files.includes('./' as BytePath)
      ? onlyThese([...pathsAndAbove(files)], [ROOT])
      : [];
    return (
      found.failure ??
      this.rsync.run(
        { ...call, excludes: [...call.excludes, ...found.patterns, ...only] },
        situation,
      )
    );
  }

  private async runByName(
    gone: readonly Located[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const call = this.call(
      gone.map(({ path }) => `./${path}` as BytePath),
      DELETING,
      situation,
    );
    const found = await this.guard.look(placesOf(gone), call, situation);
    return (
      found.failure ??
      this.rsync.run({ ...call, excludes: [...call.excludes, ...found.patterns] }, situation)
    );
  }

  /**
   * One level of these, of which nothing is deleted, or carried, but what was found to be stale.
   */
  private async sweepGuarded(
    directories: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const files = filesFrom(
      [],
      this.services.tree,
      closedTo(this.services, situation),
      directories,
    );
    const call = this.call(files, SWEEPING, situation);
    const found = await this.guard.look(
      contentsOf(files).map((path) => ({ path, shallow: true })),
      call,
      situation,
    );
    const only = onlyThese([...found.stale, ...pathsAndAbove(files)], contentsOf(files));
    return (
      found.failure ??
      this.rsync.run(
        { ...call, excludes: [...call.excludes, ...found.patterns, ...only] },
        situation,
      )
    );
  }

  /**
   * Directories to be listed with their content: those that are unclean, and those above of these.
   */
  private toSweep(gone: readonly Located[]): BytePath[] {
    const { tree, refused } = this.services;
    return standing(
      new Set([...this.unclean, ...gone.map(({ path }) => parent(path))]),
      tree,
    ).filter((path) => !refused.covers(path));
  }

  private call(
    files: readonly BytePath[],
    options: readonly BytePath[],
    situation: Situation,
  ): RsyncCall & { readonly files: readonly BytePath[] } {
    // Only the content of listed directories is looked for, and so may hold what is refused.
    const excludes =
      contentsOf(files).length > 0
        ? exactExcludes(closedTo(this.services, situation, files), ROOT)
        : [];
    return { options, input: '--files-from', files, excludes };
  }

  /**
   * rsync tells its other side once what the names of an inode have in common, and of the next
   * object only what is different. When the inode changes between its names, the two sides take
   * different things for the last told, and the next object gets a wrong time, mode or owner
   * (3.5.0). So after such a change the run is repeated.
   * @param began milliseconds since the epoch
   */
  private async doubt(items: readonly Located[], began: number): Promise<Failure | undefined> {
    const { tree, pending } = this.services;
    const whole = items.filter(isWhole).map(({ path }) => path);
    // What changes beneath a directory is told: when nothing waits, nothing has changed.
    const doubtful =
      items.some(
        (item) => hasSeveralNames(item) && tree.lstat(item.path)?.changed !== item.status?.changed,
      ) ||
      (whole.length > 0 &&
        pending() > 0 &&
        (await sharedFileChanged(this.services, whole, began - TICK)));
    return doubtful ? { ...DOUBT, codes: RSYNC_CODES } : undefined;
  }

  private step(items: readonly Located[], run: () => Promise<Failure | undefined>): Step {
    return { entries: items.map(({ entry }) => entry), run };
  }
}

/** Directories that are listed with their content. */
function contentsOf(files: readonly BytePath[]): BytePath[] {
  return files
    .filter((line) => line.endsWith('/'))
    .map((line) => line.slice('./'.length, -1) as BytePath);
}

/** Symbolic links and devices may have several, too. */
function hasSeveralNames({ status }: Located): boolean {
  return status !== undefined && status.kind !== 'directory' && status.links > 1;
}

function hasHoles({ status }: Located): boolean {
  return (
    status?.kind === 'file' &&
    status.size >= SPARSE_LEAST &&
    status.allocated < status.size / SPARSE_SHARE
  );
}

/**
 * Debian's 3.2.7-1+deb12u5 and later take a name that is gone, and so without a mode, for an
 * attack, unless it lies in the root.
 */
function refusesMissing({ complaints }: Failure): boolean {
  return complaints?.some((line) => /invalid file mode 00 for /.test(line)) === true;
}
