/**
 * An executor as the watcher sends to it, and whether it still reads. One that was stopped or taken
 * over may never read again; it must not hold up walks for other destinations.
 */
import type { Channel } from '../../shared/channel.js';
import type { MessageName, Payload } from '../../shared/messages.js';
import type { Sender } from './outbox.js';

/** Milliseconds between two looks. Looks are counted, as time also passes while all are stopped. */
const LOOK = 1000;
/**
 * Looks at one that has not read all that it was sent before. It may compute for long after a large
 * walk, without harm to others unless they wait for it.
 */
const PATIENCE = { alone: 60, holdsUp: 5 } as const;

export class Hearer<
  C extends Pick<Channel, 'send' | 'drained' | 'unsent'> = Channel,
> implements Sender {
  holdsUp = false;
  private looking: NodeJS.Timeout | undefined;

  /** @param deaf called when it reads nothing any more */
  constructor(
    readonly channel: C,
    private readonly deaf: () => void,
    private readonly look = LOOK,
  ) {}

  get unsent(): number {
    return this.channel.unsent;
  }

  send<N extends MessageName>(name: N, payload: Payload<N>): boolean {
    const hasRoom = this.channel.send(name, payload);
    if (!hasRoom) this.watch();
    return hasRoom;
  }

  drained(): Promise<void> {
    return this.channel.drained();
  }

  private watch(): void {
    if (this.looking !== undefined) return;
    let [looks, late] = [0, 0];
    const looking = setInterval(() => {
      late = this.holdsUp ? late + 1 : 0;
      if (++looks < PATIENCE.alone && late < PATIENCE.holdsUp) return;
      clearInterval(looking);
      this.deaf();
    }, this.look);
    looking.unref();
    this.looking = looking;
    void this.drained().then(() => {
      clearInterval(looking);
      this.looking = undefined;
    });
  }
}
