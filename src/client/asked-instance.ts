/** An instance that is asked for its status again and again. */
import { display, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { InstanceStatus } from '../shared/control-status.js';
import { Past } from '../shared/past.js';
import { nameOf } from '../shared/sockets.js';
import { ControlClient } from './control.js';

export class AskedInstance {
  /** Of its socket, as it is shown. */
  readonly name: string;
  readonly past: Past;
  /** Undefined: it does not answer, or has not yet. */
  status: InstanceStatus | undefined;
  /** Why it does not answer. */
  reason = '';
  private client: ControlClient | undefined;
  /** Since when an answer is awaited; 0: none is. */
  private asking = 0;

  /**
   * @param silent milliseconds after which one that does not answer is shown so @param kept
   * milliseconds of its past that are kept
   */
  constructor(
    readonly socket: BytePath,
    private readonly silent: number,
    kept?: number,
  ) {
    this.name = display(nameOf(socket) as BytePath);
    this.past = new Past(kept);
  }

  /** Never rejects. */
  async ask(): Promise<void> {
    const now = Date.now();
    if (this.asking > 0) {
      // What hangs is no longer as it was.
      if (now - this.asking > this.silent) this.close();
      return;
    }
    this.asking = now;
    try {
      this.client ??= await this.connect();
      this.status = await this.client.status();
      this.past.add(this.status, Date.now());
    } catch (error) {
      this.status = undefined;
      this.reason = error instanceof Error ? error.message : String(error);
      this.close();
    }
    this.asking = 0;
  }

  /** A further connection: answers to orders may take long. */
  connect(): Promise<ControlClient> {
    return ControlClient.connect(toBuffer(this.socket).toString('utf8'));
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }
}

/**
 * Those with these sockets; one that is known already goes on. Closes known ones whose socket is
 * gone.
 */
export function keptUp(
  known: readonly AskedInstance[],
  sockets: readonly BytePath[],
  make: (socket: BytePath) => AskedInstance,
): AskedInstance[] {
  const bySocket = new Map(known.map((one) => [one.socket, one]));
  for (const one of known) if (!sockets.includes(one.socket)) one.close();
  return sockets.map((socket) => bySocket.get(socket) ?? make(socket));
}
