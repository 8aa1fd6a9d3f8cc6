/** Runs of rsync with a list of names: what is at them is carried, what is gone is deleted. */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { goneEntry } from '../../intake/own-entries.js';
import { exactExcludes, onlyThese } from '../../lists/excludes.js';
import { placesOf } from '../../lists/extras.js';
import { filesFrom, isWhole, standing } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { words } from '../../run/runner.js';
import { closedTo, pathsAndAbove } from '../closed.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import type { Guard } from './guard.js';
import type { Rsync, RsyncCall } from './run.js';

const DELETING = words('--delete', '--delete-missing-args');
const SWEEPING = words('--delete', '--ignore-missing-args');
/** Every option that such a run may be given. */
export const NAMES_OPTIONS = [...DELETING, ...SWEEPING];

export class NamesRun {
  /**
   * Directories in which a run that broke off may have left temporary files: listed with their
   * content, which deletes those.
   */
  private readonly unclean = new Set<BytePath>();
  /** The other side takes no names that are gone. */
  private sweepsMissing = false;

  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
    private readonly guard: Guard,
  ) {}

  /** A run with these broke off. */
  brokeOff(items: readonly Located[]): void {
    for (const { path } of items) this.unclean.add(parent(path));
  }

  /** All has been listed with its content. */
  cleaned(): void {
    this.unclean.clear();
  }

  /** @param more options besides those of the list */
  async run(
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
    return this.run(items, more, situation);
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
}

/** Directories that are listed with their content. */
function contentsOf(files: readonly BytePath[]): BytePath[] {
  return files
    .filter((line) => line.endsWith('/'))
    .map((line) => line.slice('./'.length, -1) as BytePath);
}

/**
 * Debian's 3.2.7-1+deb12u5 and later take a name that is gone, and so without a mode, for an
 * attack, unless it lies in the root.
 */
function refusesMissing({ complaints }: Failure): boolean {
  return complaints?.some((line) => /invalid file mode 00 for /.test(line)) === true;
}
