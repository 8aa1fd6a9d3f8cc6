/**
 * Deletions with second thoughts. What a sync would delete at the destination is held where the
 * source looks as if a disk had not been mounted or someone had made a mistake, until the user
 * approves it or the source is as it was. Additions and changes go on.
 */
import { ROOT, display, isBeneath, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType, coalesce, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { MOST_PATHS } from '../../shared/collapse.js';
import { HELD } from '../../shared/messages.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { DeleteLimit, ExecutorSettings } from '../../shared/settings.js';
import { entryBeneath } from '../intake/own-entries.js';
import type { Situation } from '../modes/mode.js';
import { countNames, isEmpty, isGone, isRemoval, isThere } from './removals.js';
import type { Considered, Counted, Holding } from './holding.js';

/**
 * A source that has become empty is suspicious from this many names on that would be deleted at
 * once: whoever removes a few names one by one means it. At the start, when nothing is known of
 * what was there, one is enough.
 */
const SUDDEN = 10;
/** Milliseconds between two looks for the required file, while it is missed. */
const LOOK = 1000;

const NOTHING: Holding = { paths: 0, reason: '', why: HELD.missing };
/** Why nothing may be deleted. */
type Reason = Omit<Holding, 'paths'>;

export interface Around {
  /** How many names the entries would remove. @param among all that are to be synced */
  removals(
    entries: readonly Entry[],
    situation: Situation,
    among: readonly Entry[],
  ): Promise<Counted>;
  /** Whether directories can be synced without deleting in them. */
  readonly canKeep: boolean;
  /** Whether what was moved is moved, so that its old name is no removal. */
  readonly moves: boolean;
  /** Many held names may become one sync of the whole tree. */
  readonly collapses: boolean;
  /** Entries that wait for a later sync. */
  waiting(): Iterable<Entry>;
  /** Takes waiting entries out of the backlog. */
  withdraw(isWanted: (entry: Entry) => boolean): readonly Entry[];
  /** Held entries are to be synced now. */
  again(entries: readonly Entry[]): void;
  /** What is held has changed. */
  held(holding: Holding): void;
}

export class SecondThoughts {
  private readonly kept = new Map<BytePath, Entry>();
  /** Held paths that the user has approved, until they are synced. */
  private readonly approved = new Set<BytePath>();
  private approvedAtStart: boolean;
  /** Why all deletions are held, until the user approves them. */
  private doubt: string | undefined;
  /** The doubt is that the source is empty. */
  private isOfEmptiness = false;
  private holding = NOTHING;
  /** Names at the destination that would be deleted, as counted last. */
  private names = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: () => ExecutorSettings,
    private readonly around: Around,
  ) {
    const { doubt, deletionsApproved } = settings();
    this.doubt = doubt;
    this.approvedAtStart = deletionsApproved === true;
  }

  /** What is held now. */
  get now(): Holding {
    return this.holding;
  }

  /** To be called before these entries are synced. At once, where nothing has to be counted. */
  consider(entries: readonly Entry[], situation: Situation): Considered | Promise<Considered> {
    if (this.settings().noDelete === true) return { entries, keeping: true, isForGood: true };
    const all = { entries, keeping: false };
    if (this.approvedAtStart) return all;
    const removing = entries.filter((entry) => this.isDoubtful(entry));
    if (removing.length === 0) return all;
    const { standing } = this;
    if (standing !== undefined) return this.hold(entries, standing);
    const isSuspicious = this.suspectsEmptiness && isEmpty(this.settings().watchDirectory);
    return isSuspicious || this.limit !== undefined
      ? this.count(entries, removing, situation, isSuspicious)
      : all;
  }

  /**
   * To be called with what was synced. @param keeping without deletions @param held where something
   * was kept so, whether or not it was expected
   */
  settled(entries: readonly Entry[], keeping: boolean, held: readonly Entry[] = []): void {
    if (this.settings().noDelete === true) return;
    if (!keeping) for (const { path } of entries) this.approved.delete(path);
    const whole = new Set([...this.kept.values()].filter(isWhole).map(({ path }) => path));
    const isNew = ({ path }: Entry): boolean => !whole.has(path) && !isBeneath(path, whole);
    const unexpected = held.filter(isNew);
    // Deletions were let go meanwhile.
    if (this.kept.size === 0) return this.around.again(unexpected);
    // What is there again need not be deleted any more.
    for (const entry of entries)
      if (!isWhole(this.kept.get(entry.path)) && !(keeping && isRemoval(entry)))
        this.kept.delete(entry.path);
    if (!keeping) this.wholeIsDone(new Set(entries.filter(isRecursive).map(({ path }) => path)));
    this.keep(unexpected);
    if (this.kept.size === 0 && this.isOfEmptiness) this.doubt = undefined;
    this.tell(this.holding);
  }

  private wholeIsDone(whole: ReadonlySet<BytePath>): void {
    if (whole.size === 0) return;
    for (const path of this.kept.keys())
      if (whole.has(path) || isBeneath(path, whole)) this.kept.delete(path);
  }

  /** To be called when the initial sync is over. */
  initialIsDone(): void {
    this.approvedAtStart = false;
  }

  /** The user lets go what is held. */
  approve(): void {
    for (const path of this.kept.keys()) this.approved.add(path);
    this.release();
  }

  /** What is held is looked at anew, as something may have changed. */
  reconsider(): void {
    if (this.isOfEmptiness) this.doubt = undefined;
    if (this.kept.size > 0) this.release(this.doubt);
  }

  /** To be called when nobody wants to wait for the next look. */
  lookForRequired(): void {
    if (this.timer !== undefined && this.standing === undefined) this.reconsider();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private release(doubt?: string): void {
    const entries = [...this.kept.values()];
    this.kept.clear();
    this.doubt = doubt;
    this.isOfEmptiness = false;
    this.tell(NOTHING);
    this.around.again(entries);
  }

  private isDoubtful(entry: Entry): boolean {
    // With --two-way nothing is deleted but what was seen to be deleted.
    const mayDelete = entry.after === ObjectType.absent || !this.settings().twoWay;
    return mayDelete && isRemoval(this.withHeld(entry)) && !this.approved.has(entry.path);
  }

  /** What is made where a deletion is held takes the place of what the destination still has. */
  private withHeld(entry: Entry): Entry {
    const held = this.kept.get(entry.path);
    return held === undefined ? entry : coalesce(held, entry);
  }

  /** Why all deletions are held, whatever they are. */
  private get standing(): Reason | undefined {
    if (this.doubt !== undefined) return { reason: this.doubt, why: HELD.doubt };
    const { missing } = this;
    return missing === undefined ? undefined : { reason: missing, why: HELD.missing };
  }

  /** Why the required file is no longer there. */
  private get missing(): string | undefined {
    const { requireFile, watchDirectory } = this.settings();
    if (requireFile === undefined) return undefined;
    const path = join(watchDirectory, requireFile);
    return isThere(path) ? undefined : `--require-file: ${display(path)} is not there`;
  }

  /** Not where nothing is known of a copy, or everything may go. */
  private get suspectsEmptiness(): boolean {
    const { mode, destination } = this.settings();
    const isCopied = destination !== undefined || MODE_TRAITS[mode].rsync !== 'nobody';
    return isCopied && !this.mayAllGo;
  }

  private get mayAllGo(): boolean {
    const { maxDelete } = this.settings();
    return maxDelete?.unit === '%' && maxDelete.most >= 100;
  }

  private get limit(): DeleteLimit | undefined {
    return this.mayAllGo ? undefined : this.settings().maxDelete;
  }

  private async count(
    entries: readonly Entry[],
    removing: readonly Entry[],
    situation: Situation,
    isSuspicious: boolean,
  ): Promise<Considered> {
    const counted = await this.around.removals(removing, situation, entries);
    if ('failure' in counted) return { entries, keeping: false, failure: counted.failure };
    let names = counted.names;
    const waiting = [...this.around.waiting()];
    const moved = new Set(
      this.around.moves ? [...entries, ...waiting].map(({ origin }) => origin) : [],
    );
    for (const entry of waiting) if (isGone(entry) && !moved.has(entry.path)) names++;
    const least = situation.initial && this.settings().startedAgain !== true ? 1 : SUDDEN;
    if (isSuspicious && names >= least) {
      this.doubt = `the watch directory is empty, and ${count(names)} would be deleted`;
      this.isOfEmptiness = true;
      this.names = names;
      return this.hold(entries, { reason: this.doubt, why: HELD.doubt });
    }
    const excess = await this.excessOf(names);
    if (excess === undefined) return { entries, keeping: false };
    const isFirst = this.kept.size === 0;
    // What waits is a part of the same removal.
    this.keep(this.around.withdraw(({ after }) => after === ObjectType.absent));
    this.names = isFirst ? names : await this.namesWith(removing, situation, this.names + names);
    return this.hold(entries, { reason: excess, why: HELD.tooMany });
  }

  /** How many names go with what is held: some may be beneath a directory that goes now. */
  private async namesWith(
    removing: readonly Entry[],
    situation: Situation,
    most: number,
  ): Promise<number> {
    const all = [...this.kept.values(), ...removing];
    const counted = await this.around.removals(all, situation, all);
    return 'failure' in counted ? most : counted.names;
  }

  /** Why these are too many; undefined: they are not. */
  private async excessOf(names: number): Promise<string | undefined> {
    const { limit } = this;
    if (limit === undefined || names === 0) return undefined;
    const { most, unit } = limit;
    if (unit === '')
      return names > most ? `${count(names)} would be deleted, --max-delete is ${most}` : undefined;
    const all = names + (await countNames(this.settings().watchDirectory));
    return names * 100 > most * all
      ? `${count(names)} of ${all} would be deleted, --max-delete is ${most}%`
      : undefined;
  }

  private hold(entries: readonly Entry[], reason: Reason): Considered {
    const isApproved = ({ path }: Entry): boolean => this.approved.has(path);
    const goesOn = (entry: Entry): boolean =>
      !isRemoval(this.withHeld(entry)) ||
      (this.around.canKeep && isRecursive(entry) && entry.after !== ObjectType.absent);
    this.keep(entries.filter((entry) => this.isDoubtful(entry)));
    this.tell(reason);
    // Those of an earlier removal have a sync of their own.
    this.around.again(entries.filter(isApproved));
    const left = entries.filter((entry) => !isApproved(entry) && goesOn(entry));
    return { entries: left, keeping: true };
  }

  private keep(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const flags = entry.flags & ~EntryFlag.initial;
      this.kept.set(entry.path, this.withHeld({ ...entry, flags }));
    }
    if (!this.around.collapses || this.kept.size <= MOST_PATHS) return;
    this.kept.clear();
    this.kept.set(ROOT, entryBeneath(ROOT));
  }

  private tell({ reason, why }: Reason): void {
    if (this.kept.size === 0) this.names = 0;
    const paths = Math.max(this.kept.size, this.names);
    const next = this.kept.size === 0 ? NOTHING : { paths, reason, why };
    if (next.paths === this.holding.paths && next.reason === this.holding.reason) return;
    this.holding = next;
    const isMissed = next.paths > 0 && next.why === HELD.missing;
    if (!isMissed) clearInterval(this.timer);
    this.timer = isMissed
      ? (this.timer ?? setInterval(() => this.lookForRequired(), LOOK))
      : undefined;
    this.around.held(next);
  }
}

function isWhole(entry: Entry | undefined): boolean {
  return entry !== undefined && isRecursive(entry);
}

const count = (names: number): string => (names === 1 ? 'one name' : `${names} names`);
