/**
 * Adds to what was taken whatever must be in the same call: what waits, and names of inodes that
 * were synced before the others came. Where many entries wait, each is looked at in turns of the
 * event loop, and no other sync may begin meanwhile but one that overtakes it.
 */
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';
import type { Entry } from '../../shared/entry.js';
import type { Mode } from '../modes/mode.js';
import { QUEUES } from './backlog.js';
import type { Backlog } from './backlog.js';
import { AT_ONCE } from '../lists/in-turns.js';
import { addKeys, keysInTurns } from './keys.js';
import { takeMoved } from './moved.js';
import { Split } from './split.js';
import { takeCompanions } from './together.js';
import type { KeyOf } from './together.js';

/** What is gathered, and since when, of the scheduler's clock. */
export interface Gathered {
  readonly entries: readonly Entry[];
  readonly began: number;
}

type Waiting = Pick<Backlog, 'size' | 'takeAlso' | 'held' | 'entriesOf' | 'settling'>;

export class Gathering {
  private underWay: Promise<void> | undefined;
  private readonly split = new Split();
  private gathered: Gathered | undefined;

  constructor(
    private readonly mode: Pick<Mode, 'keyOf' | 'moves'>,
    private readonly backlog: Waiting,
    private readonly isLocked: (entry: Entry) => boolean,
    private readonly then: {
      /** Takes what was gathered. */
      begin(all: readonly Entry[], since: number): void;
      /** Another sync may begin, which could not for some turns. */
      over(): void;
    },
    private readonly now: () => number = monotonic,
  ) {}

  get isUnderWay(): boolean {
    return this.underWay !== undefined;
  }

  /** While it is under way. */
  get inHand(): Gathered | undefined {
    return this.gathered;
  }

  /** Resolves when what is gathered now has begun. */
  async ended(): Promise<void> {
    await this.underWay;
  }

  /** Begins with the entries and their companions: at once if that takes no more than a turn. */
  gather(entries: readonly Entry[]): void {
    const { mode, backlog, then } = this;
    const began = this.now();
    if (mode.moves === true && backlog.size > 0)
      entries = [...entries, ...takeMoved(entries, (isWanted) => this.takeAlso(isWanted))];
    if (mode.keyOf === undefined) return then.begin(entries, began);
    if (entries.length + backlog.size <= AT_ONCE) {
      const inHand = new Map<BytePath, string>();
      addKeys(inHand, entries, this.keyInHand);
      return then.begin(this.together(entries, inHand, this.keyOf), began);
    }
    this.gathered = { entries, began };
    this.underWay = this.inTurns(entries).then((all) => {
      this.underWay = this.gathered = undefined;
      then.begin(all, began);
      then.over();
    });
  }

  private readonly keyOf: KeyOf = (entry) => this.mode.keyOf?.(entry);

  private readonly keyInHand: KeyOf = (entry) => this.mode.keyOf?.(entry, true);

  /**
   * The entries and their companions.
   * @param inHand the keys of the entries
   * @param keyOf for what waits
   */
  private together(
    entries: readonly Entry[],
    inHand: ReadonlyMap<BytePath, string>,
    keyOf: KeyOf,
  ): readonly Entry[] {
    if (inHand.size === 0) return entries;
    const companions = this.companions(entries, keyOf, ({ path }) => inHand.get(path));
    const keys = new Map(inHand);
    addKeys(keys, companions, keyOf);
    const earlier = this.split.join(keys, this.keyOf).filter((entry) => !this.isLocked(entry));
    return [...entries, ...companions, ...earlier];
  }

  private companions(entries: readonly Entry[], keyOf: KeyOf, keyInHand: KeyOf): Entry[] {
    if (this.backlog.size === 0) return [];
    return takeCompanions(
      entries,
      keyOf,
      (isWanted, isSame) =>
        this.backlog.takeAlso(
          (entry) => isWanted(entry) && !this.isLocked(entry),
          (entry) => isSame(entry) && !this.isLocked(entry),
        ),
      keyInHand,
    );
  }

  private takeAlso(isWanted: (entry: Entry) => boolean): Entry[] {
    return this.backlog.takeAlso((entry) => isWanted(entry) && !this.isLocked(entry));
  }

  private async inTurns(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const inHand = await keysInTurns(entries, this.keyInHand);
    if (inHand.size === 0) return entries;
    // What comes from here on is not of this sync.
    const waiting = await keysInTurns(this.waiting(), this.keyOf);
    return this.together(entries, inHand, ({ path }) => waiting.get(path));
  }

  private waiting(): Entry[] {
    const { backlog } = this;
    return [
      ...[...backlog.held.values()].map(({ entry }) => entry),
      ...QUEUES.flatMap((name) => [...backlog.entriesOf(name)]),
      ...(backlog.settling?.entries() ?? []),
    ];
  }
}
