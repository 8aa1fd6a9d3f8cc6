/** What the executor of the next crew is to know of deletions. */
import { HELD } from '../shared/messages.js';
import type { Payload } from '../shared/messages.js';
import type { ExecutorSettings } from '../shared/settings.js';

/** What an earlier run has left. */
export interface Recalled {
  /** Why it doubted the source. */
  readonly doubt: string | undefined;
  readonly isPaused: boolean;
}

type Known = Partial<
  Pick<ExecutorSettings, 'doubt' | 'deletionsApproved' | 'startedAgain' | 'skipInitialSync'>
>;

/** Of one that has run: what changed meanwhile would be missed otherwise. */
const AGAIN: Known = { startedAgain: true, skipInitialSync: false };

/** Of all executors, each of a destination by its number. */
export class KnownToAll {
  private readonly all: readonly KnownToNext[];

  constructor(destinations: number) {
    this.all = Array.from({ length: destinations }, () => new KnownToNext());
  }

  of(destination: number): KnownToNext {
    return this.all[destination] as KnownToNext;
  }

  /** Why one of them is to hold what it would delete. */
  get doubt(): string | undefined {
    return this.all.find((one) => one.now.doubt !== undefined)?.now.doubt;
  }

  each(act: (one: KnownToNext) => void): void {
    for (const one of this.all) act(one);
  }
}

export class KnownToNext {
  private known: Known = {};

  get now(): Known {
    return this.known;
  }

  /** Why an earlier run doubted the source. */
  recall(doubt: string | undefined): void {
    if (doubt !== undefined) this.known = { doubt };
  }

  /** The source is the right one. */
  noDoubt(): void {
    this.known = { ...this.known, doubt: undefined };
  }

  /** The user has accepted what is at the paths. @param startedAgain the tree was watched before */
  accepted(startedAgain: boolean): void {
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
