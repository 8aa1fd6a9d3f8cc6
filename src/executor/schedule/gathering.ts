/**
 * Adds to what was taken whatever must be in the same call. Where many entries wait, each is looked
 * at in turns of the event loop, and no other sync may begin meanwhile.
 */
import type { Entry } from '../../shared/entry.js';
import type { Mode } from '../modes/mode.js';
import { QUEUES } from './backlog.js';
import type { Backlog } from './backlog.js';
import { AT_ONCE } from '../lists/in-turns.js';
import { keysInTurns } from './keys.js';
import { takeMoved } from './moved.js';
import { takeCompanions } from './together.js';

type Waiting = Pick<Backlog, 'size' | 'takeAlso' | 'held' | 'entriesOf' | 'settling'>;

export class Gathering {
  private underWay: Promise<void> | undefined;

  constructor(
    private readonly mode: Pick<Mode, 'keyOf' | 'moves'>,
    private readonly backlog: Waiting,
    private readonly isLocked: (entry: Entry) => boolean,
    private readonly then: {
      /** Takes what was gathered. */
      begin(all: readonly Entry[]): void;
      /** Another sync may begin, which could not for some turns. */
      over(): void;
    },
  ) {}

  get isUnderWay(): boolean {
    return this.underWay !== undefined;
  }

  /** Resolves when what is gathered now has begun. */
  async ended(): Promise<void> {
    await this.underWay;
  }

  /** Begins with the entries and their companions: at once if that takes no more than a turn. */
  gather(entries: readonly Entry[]): void {
    const { mode, backlog, then } = this;
    if (mode.moves === true && backlog.size > 0)
      entries = [...entries, ...takeMoved(entries, (isWanted) => this.takeAlso(isWanted))];
    if (mode.keyOf === undefined || backlog.size === 0) return then.begin(entries);
    if (entries.length + backlog.size <= AT_ONCE)
      return then.begin([...entries, ...this.companions(entries)]);
    this.underWay = this.inTurns(entries).then((all) => {
      this.underWay = undefined;
      then.begin(all);
      then.over();
    });
  }

  private companions(
    entries: readonly Entry[],
    keyOf = (entry: Entry) => this.mode.keyOf?.(entry),
    keyInHand = (entry: Entry) => this.mode.keyOf?.(entry, true),
  ): Entry[] {
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
    const { mode } = this;
    const inHand = await keysInTurns(entries, (entry) => mode.keyOf?.(entry, true));
    if (inHand.size === 0) return entries;
    // What comes from here on is not of this sync.
    const waiting = await keysInTurns(this.waiting(), (entry) => mode.keyOf?.(entry));
    return [
      ...entries,
      ...this.companions(
        entries,
        ({ path }) => waiting.get(path),
        ({ path }) => inHand.get(path),
      ),
    ];
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
