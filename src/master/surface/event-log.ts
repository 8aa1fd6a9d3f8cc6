/** The last finished syncs, failures and changes of the status, for `clsync ctl events`. */
import type { InstanceEvent } from '../../shared/control-status.js';
import type { Listener } from '../ledger.js';
import { eventOf } from './status.js';

/** Events that are kept. */
const KEPT = 100;

export class EventLog {
  private readonly last: InstanceEvent[] = [];
  private readonly listeners = new Set<(event: InstanceEvent) => void>();

  /** The oldest first. */
  get recent(): readonly InstanceEvent[] {
    return this.last;
  }

  readonly follow: Listener = (news, state, before) => {
    const event = eventOf(news, state, before);
    if (event === undefined) return;
    this.last.push(event);
    if (this.last.length > KEPT) this.last.shift();
    for (const listener of this.listeners) listener(event);
  };

  /** The function returned ends the subscription. */
  subscribe(listener: (event: InstanceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
