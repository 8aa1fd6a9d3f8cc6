/** Asks all instances of this host for their status, again and again. */
import { ControlClient } from '../client/control.js';
import { display, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { InstanceStatus } from '../shared/control-status.js';
import { Past } from '../shared/past.js';
import { allSockets, nameOf } from '../shared/sockets.js';

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

class Instance implements Seen {
  readonly name: string;
  readonly past = new Past(KEPT);
  status: InstanceStatus | undefined;
  reason = '';
  private client: ControlClient | undefined;
  private asking = 0;

  constructor(private readonly socket: BytePath) {
    this.name = display(nameOf(socket) as BytePath);
  }

  async ask(now: number): Promise<void> {
    if (this.asking > 0) {
      if (now - this.asking > SILENT) this.close();
      return;
    }
    this.asking = now;
    try {
      this.client ??= await ControlClient.connect(toBuffer(this.socket).toString('utf8'));
      this.status = await this.client.status();
      this.past.add(this.status, now);
    } catch (error) {
      this.status = undefined;
      this.reason = error instanceof Error ? error.message : String(error);
      this.close();
    }
    this.asking = 0;
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }
}

export class Instances {
  private known = new Map<BytePath, Instance>();
  private timer: NodeJS.Timeout | undefined;

  get all(): readonly Seen[] {
    return this.each;
  }

  private get each(): readonly Instance[] {
    return [...this.known.values()];
  }

  find(name: string): Seen | undefined {
    return this.all.find((one) => one.name === name);
  }

  /** Resolves when all have been asked once. */
  async begin(): Promise<void> {
    this.timer = setInterval(() => void this.turn(), INTERVAL);
    await this.turn();
  }

  end(): void {
    clearInterval(this.timer);
    for (const one of this.each) one.close();
  }

  private async turn(): Promise<void> {
    const sockets = allSockets();
    for (const [socket, one] of this.known) if (!sockets.includes(socket)) one.close();
    this.known = new Map(
      sockets.map((socket) => [socket, this.known.get(socket) ?? new Instance(socket)]),
    );
    const now = Date.now();
    await Promise.all(this.each.map((one) => one.ask(now)));
  }
}
