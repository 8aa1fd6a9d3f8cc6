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

type Known = Pick<ExecutorSettings, 'doubt' | 'deletionsApproved' | 'startedAgain'>;

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
    this.known = { startedAgain, deletionsApproved: true };
  }

  startsAgain(): void {
    this.known = { doubt: this.known.doubt, startedAgain: true };
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
