/** A run of rsync for the whole tree. */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { absentEntry } from '../../intake/own-entries.js';
import { exactExcludes } from '../../lists/excludes.js';
import type { Located } from '../../lists/files-from.js';
import { words } from '../../run/runner.js';
import { closedTo } from '../closed.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import type { Guard } from './guard.js';
import type { NamesRun } from './names-run.js';
import { UNFORCED } from './options.js';
import type { Extra } from './protection.js';
import type { Rsync } from './run.js';

/**
 * Without incremental recursion: rsync 3.5.0 with it deadlocks when directories vanish while it
 * copies.
 */
const WHOLE = words('--no-inc-recursive', '--info=progress2');
/** Every option that such a run may have, besides those that delete. */
export const WHOLE_OPTIONS = WHOLE;

export class WholeRun {
  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
    private readonly guard: Guard,
    private readonly names: NamesRun,
  ) {}

  /** What a run would delete. */
  rehearse(situation: Situation): Promise<readonly Extra[] | Failure> {
    const excludes = exactExcludes(closedTo(this.services, situation), ROOT);
    const options = [...this.rsync.deleting, ...WHOLE];
    return this.guard.rehearse({ options, input: '--exclude-from', excludes }, situation);
  }

  /**
   * Where the rules refuse something, this run does not use `--delete`. It may take long, and would
   * delete refused names that appear at the destination after the comparison. Instead the stale
   * names found by the comparison are deleted first, each by its name.
   */
  async run(situation: Situation): Promise<Failure | undefined> {
    const { services } = this;
    const closed = closedTo(services, situation);
    const excludes = exactExcludes(closed, ROOT);
    const call = {
      options: [...this.rsync.deleting, ...WHOLE],
      input: '--exclude-from',
      excludes,
    } as const;
    if (situation.keeping === true)
      return this.rsync.run({ ...call, options: [...WHOLE, ...UNFORCED] }, situation);
    if (services.settings().twoWay) return this.rsync.run({ ...call, options: WHOLE }, situation);
    if (!this.guard.isNeeded(situation)) return this.rsync.run(call, situation);
    const spared = await this.guard.look([{ path: ROOT }], call, situation);
    if (spared.failure !== undefined) return spared.failure;
    const absent = spared.stale.map((path): Located => ({
      entry: absentEntry(path),
      path,
      status: undefined,
    }));
    const isThere = (path: BytePath): boolean =>
      services.tree.lstat(parent(path))?.kind === 'directory';
    const listed = absent.filter(
      ({ path }) =>
        !closed.covers(path) && services.tree.lstat(path) === undefined && isThere(path),
    );
    const failure = listed.length > 0 ? await this.names.run(listed, [], situation) : undefined;
    return (
      failure ??
      this.rsync.run(
        { ...call, options: WHOLE, excludes: [...excludes, ...spared.patterns] },
        situation,
      )
    );
  }
}
