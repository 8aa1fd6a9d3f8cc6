/** Runs of rsync with a list of names: existing ones are transferred, absent ones are deleted. */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { absentEntry } from '../../intake/own-entries.js';
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
/** Every option that such a run may have. */
export const NAMES_OPTIONS = [...DELETING, ...SWEEPING];

export class NamesRun {
  /**
   * Directories in which an interrupted run may have left temporary files. They are listed with
   * their content, so that rsync deletes those files.
   */
  private readonly unclean = new Set<BytePath>();
  /** rsync at the destination refuses absent names in a list. */
  private sweepsMissing = false;

  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
    private readonly guard: Guard,
  ) {}

  /** To be called when a run with these was interrupted. */
  brokeOff(items: readonly Located[]): void {
    for (const { path } of items) this.unclean.add(parent(path));
  }

  /** To be called after a run for the whole tree, which deletes all temporary files. */
  cleaned(): void {
    this.unclean.clear();
  }

  /** Undefined: the run succeeded. @param more options besides those of the list */
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
      'this rsync refuses names that are gone: one level of the directories above is ' +
        'listed instead',
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
    // Not in one run when contents are read: listing a directory's content would transfer other
    // files in it, without their other names, and so separate them.
    const failure = await run([], swept, []);
    return failure !== undefined || listed.length === 0 ? failure : run(listed, [], more);
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
    const swept = new Set([
      ...this.toSweep(this.sweepsMissing ? absent : []),
      ...(listed.length === 0 ? [ROOT] : []),
    ]);
    const failure =
      (absent.length === 0 || this.sweepsMissing
        ? undefined
        : await this.runByName(absent, situation)) ??
      (swept.size === 0 ? undefined : await this.sweepGuarded([...swept], situation));
    if (failure !== undefined || listed.length === 0) return failure;
    const files = filesFrom(listed, tree, closedTo(this.services, situation));
    const call = this.call(files, [...SWEEPING, ...more], situation);
    const places = [
      ...contentsOf(files).map((path) => ({ path, shallow: true })),
      ...placesOf(listed.filter((item) => !isWhole(item))),
    ];
    const found = await this.guard.look(places, call, situation);
    // Setting the root's attributes may require listing one level of it.
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
    absent: readonly Located[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const call = this.call(
      absent.map(({ path }) => `./${path}` as BytePath),
      DELETING,
      situation,
    );
    const found = await this.guard.look(placesOf(absent), call, situation);
    return (
      found.failure ??
      this.rsync.run({ ...call, excludes: [...call.excludes, ...found.patterns] }, situation)
    );
  }

  /**
   * Lists one level of these directories; only names that were found to be stale are deleted, and
   * no other name is transferred.
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
   * Directories to be listed with their content: the unclean ones, and the parents of absent names.
   */
  private toSweep(absent: readonly Located[]): BytePath[] {
    const { tree, refused } = this.services;
    return standing(
      new Set([...this.unclean, ...absent.map(({ path }) => parent(path))]),
      tree,
    ).filter((path) => !refused.covers(path));
  }

  private call(
    files: readonly BytePath[],
    options: readonly BytePath[],
    situation: Situation,
  ): RsyncCall & { readonly files: readonly BytePath[] } {
    const contents = contentsOf(files);
    situation.lists?.(contents);
    // Only a directory listed with its content can bring in refused paths.
    const excludes =
      contents.length > 0 ? exactExcludes(closedTo(this.services, situation, files), ROOT) : [];
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
 * Debian's 3.2.7-1+deb12u5 and later take an absent name, which has no file mode, for an attack,
 * unless it lies in the root.
 */
function refusesMissing({ complaints }: Failure): boolean {
  return complaints?.some((line) => /invalid file mode 00 for /.test(line)) === true;
}
