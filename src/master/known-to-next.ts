/** What the executor of the next crew is to know of deletions. */
import type { DirectoryIdentity } from '../shared/directory-identity.js';
import { HELD } from '../shared/messages.js';
import type { Payload } from '../shared/messages.js';
import type { ExecutorSettings } from '../shared/settings.js';
import type { Ground } from './ground/ground.js';

/** What an earlier run has left of a destination. */
export interface RecalledOf {
  /** Why it doubted the source. */
  readonly doubt: string | undefined;
  /** The source of its last sync. */
  readonly source: DirectoryIdentity | undefined;
}

type Known = Partial<
  Pick<ExecutorSettings, 'doubt' | 'deletionsApproved' | 'startedAgain' | 'skipInitialSync'>
>;

/** Of one that has run: what changed meanwhile would be missed otherwise. */
const AGAIN: Known = { startedAgain: true, skipInitialSync: false };

/** Of all executors, each of a destination by its number. */
export class KnownToAll {
  private readonly all: readonly KnownToNext[];

  constructor(destinations: number, recalled: readonly RecalledOf[]) {
    this.all = Array.from({ length: destinations }, (_, one) => new KnownToNext(recalled[one]));
  }

  of(destination: number): KnownToNext {
    return this.all[destination] as KnownToNext;
  }

  /** Why one of them is to hold what it would delete. */
  doubt(ground: Pick<Ground, 'doubt'>): string | undefined {
    return this.all.map((one) => one.doubt(ground)).find((why) => why !== undefined);
  }

  each(act: (one: KnownToNext) => void): void {
    for (const one of this.all) act(one);
  }
}

export class KnownToNext {
  private known: Known;
  private source: DirectoryIdentity | undefined;

  constructor(recalled?: RecalledOf) {
    this.known = recalled?.doubt === undefined ? {} : { doubt: recalled.doubt };
    this.source = recalled?.source;
  }

  /** Why deletions are to be held: the source is another one, or was doubted before. */
  doubt(ground: Pick<Ground, 'doubt'>): string | undefined {
    return (this.source && ground.doubt(this.source)) ?? this.known.doubt;
  }

  get now(): Known {
    return this.known;
  }

  /** Whatever source there is, is the right one. */
  forget(): void {
    this.source = undefined;
    this.noDoubt();
  }

  /** What is held has no reason any longer. */
  private noDoubt(): void {
    this.known = { ...this.known, doubt: undefined };
  }

  /** The user has accepted what is at the paths. @param startedAgain the tree was watched before */
  accepted(startedAgain: boolean): void {
    this.source = undefined;
    this.known = { ...(startedAgain ? AGAIN : {}), deletionsApproved: true };
  }

  startsAgain(): void {
    this.known = { doubt: this.known.doubt, ...AGAIN };
  }

  /**
   * A crew has ended: the next one has to hold on with what it held.
   * @param isOfSource the source was lost: another one, or the same that is back, is looked at anew
   */
  remember(held: Payload<'held'> | undefined, isOfSource: boolean): void {
    const isLasting = held !== undefined && held.why !== HELD.missing;
    if (isLasting && !isOfSource && this.known.deletionsApproved !== true)
      this.known = { ...this.known, doubt: held.reason };
    else if (isOfSource) this.noDoubt();
  }
}
