/**
 * Mode mirror: keeps a local copy itself, and executes nothing. What is to be done is planned here,
 * and done by threads of the C part (src/native/mirror/), which say of each path what became of it.
 */
import { ROOT, parent } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { ClsyncError } from '../../../shared/errors.js';
import { JUST_NOW, isLinked, isRecursive } from '../../../shared/entry.js';
import type { Entry } from '../../../shared/entry.js';
import type { Counted } from '../../deletions/holding.js';
import { removalsBy } from '../../deletions/removals.js';
import { EVERY } from '../../schedule/together.js';
import { ENDED } from '../failure.js';
import type { Failure } from '../failure.js';
import { isOutcomes } from '../mode.js';
import type { Mode, Outcomes, Plan, Services, Situation } from '../mode.js';
import type { Verification } from '../../../shared/verification.js';
import type { Verified } from '../verified.js';
import { Verifier } from './verify.js';
import { Ahead } from './ahead.js';
import { MirrorExecution } from './execution.js';
import { Expiry } from './expiry.js';
import { openTrees } from './opened.js';
import type { Opened } from './opened.js';
import { wantedMoves } from './plan.js';
import { lossOf } from './roots.js';

export class Mirror implements Mode {
  readonly carriesDirectories = true;
  readonly overtakes = true;
  readonly startsNone = true;
  readonly keeps = true;
  readonly moves = true;
  private readonly destination: BytePath;
  private readonly execution: MirrorExecution;
  private readonly expiry: Expiry;
  private readonly before: Ahead;
  private opened: Opened | undefined;
  private opening: Promise<Opened | Failure> | undefined;
  /** Directories in which an earlier process may have left temporary names. */
  private readonly unclean = new Set<BytePath>();

  /** Throws ClsyncError when there is no destination. */
  constructor(private readonly services: Services) {
    const { destination, mode } = services.settings();
    if (destination === undefined) throw new ClsyncError('NO_DESTINATION', mode);
    this.destination = destination;
    this.execution = new MirrorExecution(services, (entry) => this.keyOf(entry));
    this.expiry = new Expiry(services);
    this.before = new Ahead(services);
  }

  commands(): string[] {
    return [];
  }

  async open(): Promise<void> {
    await this.reopen();
  }

  copyAhead(obstacle: () => Failure | undefined): () => Promise<void> {
    this.before.begin(async () => {
      if (this.services.ending() || obstacle() !== undefined) return undefined;
      const opened = await this.reopen();
      const isLost =
        'ending' in opened || (await lossOf(opened.destination, 'destination')) !== undefined;
      return isLost ? undefined : opened;
    });
    return () => this.before.end();
  }

  close(): Promise<void> {
    void this.before.end();
    this.expiry.end();
    this.opened?.runs.close();
    this.opened = undefined;
    return Promise.resolve();
  }

  closeNow(): Promise<void> {
    this.opened?.runs.stop();
    return Promise.resolve();
  }

  /** Names of an inode are tied within one run. The watcher tells which may have others. */
  keyOf(entry: Entry): string | undefined {
    const { refused, tree, settings } = this.services;
    const isTold = entry.since !== JUST_NOW && settings().keepsState !== true;
    if (isTold && !isLinked(entry) && !isRecursive(entry)) return undefined;
    // What is refused is not synced; and something that hangs may be mounted there.
    if (refused.covers(entry.path)) return undefined;
    const status = tree.lstat(entry.path);
    if (status?.kind === 'directory') return isRecursive(entry) ? EVERY : undefined;
    return status !== undefined && status.links > 1 ? status.inode : undefined;
  }

  async verify(
    how: Verification,
    among: readonly BytePath[] = [ROOT],
  ): Promise<Verified | Failure> {
    const opened = await this.reopen();
    if ('ending' in opened) return opened;
    return (
      (await lossOf(opened.destination, 'destination')) ??
      new Verifier(this.services).verify(opened, how, among)
    );
  }

  brokeOff(paths: readonly BytePath[]): void {
    for (const path of paths) this.unclean.add(parent(path));
  }

  plan(entries: readonly Entry[], situation: Situation): Plan {
    const { refused } = this.services;
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    return admitted.length === 0 ? [] : [{ entries, run: () => this.sync(admitted, situation) }];
  }

  /** What is moved is not removed. */
  removals(
    entries: readonly Entry[],
    situation: Situation,
    among: readonly Entry[],
  ): Promise<Counted> {
    const { services } = this;
    const isClosed = (path: BytePath): boolean => services.refused.covers(path);
    const moved = new Set(
      wantedMoves(among, { tree: services.tree, isClosed }).map(({ from }) => from),
    );
    return removalsBy(
      services,
      entries.filter(({ path }) => !moved.has(path)),
      situation,
    );
  }

  private async sync(
    entries: readonly Entry[],
    situation: Situation,
  ): Promise<Failure | Outcomes | undefined> {
    if (this.services.ending()) return ENDED;
    const opened = await this.reopen();
    if ('ending' in opened) return opened;
    const loss = await lossOf(opened.destination, 'destination');
    if (loss !== undefined) return loss;
    const unclean = [...this.unclean];
    const result = await this.execution.run(opened, entries, situation, unclean);
    const isDone = result === undefined || isOutcomes(result);
    if (isDone) for (const directory of unclean) this.unclean.delete(directory);
    return result;
  }

  /** Opens source and destination, unless they are open; once, however many ask. */
  private async reopen(): Promise<Opened | Failure> {
    if (this.opened !== undefined) return this.opened;
    this.opening ??= this.openAgain().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async openAgain(): Promise<Opened | Failure> {
    const opened = await openTrees(this.services, this.destination);
    if ('ending' in opened) return opened;
    this.expiry.begin(opened);
    return (this.opened = opened);
  }
}
