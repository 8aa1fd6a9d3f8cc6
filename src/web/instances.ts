/** Asks all instances of this host for their status, again and again. */
import { AskedInstance, keptUp } from '../client/asked-instance.js';
import type { InstanceStatus } from '../shared/control-status.js';
import type { Past } from '../shared/past.js';
import { allSockets } from '../shared/sockets.js';

/** Milliseconds: between two questions, for which an answer is awaited, and of what is kept. */
const INTERVAL = 5000;
const SILENT = 10_000;
const KEPT = 30 * 60_000;

/** An instance as it is shown. */
export interface Seen {
  /** Of its socket. */
  readonly name: string;
  readonly past: Past;
  /** Undefined: it does not answer, or has not yet. */
  readonly status: InstanceStatus | undefined;
  /** Why it does not answer. */
  readonly reason: string;
}

export class Instances {
  private asked: readonly AskedInstance[] = [];
  private timer: NodeJS.Timeout | undefined;

  get all(): readonly Seen[] {
    return this.asked;
  }

  find(name: string): Seen | undefined {
    return this.asked.find((one) => one.name === name);
  }

  /** Resolves when all have been asked once. */
  async begin(): Promise<void> {
    this.timer = setInterval(() => void this.turn(), INTERVAL);
    await this.turn();
  }

  end(): void {
    clearInterval(this.timer);
    for (const one of this.asked) one.close();
  }

  private async turn(): Promise<void> {
    const make = (socket: AskedInstance['socket']): AskedInstance =>
      new AskedInstance(socket, SILENT, KEPT);
    this.asked = keptUp(this.asked, allSockets(), make);
    await Promise.all(this.asked.map((one) => one.ask()));
  }
}
