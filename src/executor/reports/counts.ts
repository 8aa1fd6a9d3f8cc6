/** Tells the master how many entries wait, run and fail. */
import type { Channel } from '../../shared/channel.js';
import { monotonic } from '../../shared/clock.js';
import { Soon } from '../../shared/soon.js';
import type { Backlog } from '../schedule/backlog.js';

/** Milliseconds between two reports. */
const INTERVAL = 1000;

export class Counts {
  private readonly soon = new Soon(INTERVAL, () => this.look());
  private counted = '';
  private waits = '';

  constructor(
    private readonly backlog: Backlog,
    private readonly master: Channel,
  ) {}

  /** They may have changed. */
  ask(): void {
    this.soon.ask();
  }

  /** Sends what has changed. While there are entries, it looks again by itself. */
  private look(): void {
    const { size: waiting, inHand, failing } = this.backlog;
    const counts = { waiting, inHand: inHand.size, failing };
    const text = JSON.stringify(counts);
    if (text !== this.counted) this.master.send('backlog', counts);
    this.counted = text;
    const { since, ...queues } = this.backlog.counts;
    const settling = this.backlog.settling?.size ?? 0;
    const oldest = since === undefined ? 0 : Math.max(0, Math.round(monotonic() - since));
    const waits = JSON.stringify([queues, settling, oldest]);
    if (waits !== this.waits) this.master.send('queues', { ...queues, settling, oldest });
    this.waits = waits;
    if (inHand.size > 0 || since !== undefined) this.soon.ask();
  }
}
