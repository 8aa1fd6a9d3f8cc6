/**
 * The clients of the control socket: who is let in, and for how long, and their commands in order.
 */
import type { Socket } from 'node:net';
import { encodeLine, LineReader, PROTOCOL, REPLY } from '../../shared/control.js';
import { peerCredentials } from '../native.js';
import { answer } from './control-commands.js';
import type { Session } from './control-answers.js';
import type { ControlTarget } from './control-commands.js';
import { rightsOf } from './control-rights.js';
import type { ControlAccess, Rights } from './control-rights.js';

/** The most clients at a time; further ones are refused. One place is root's, one the starter's. */
const CLIENTS_MAX = 32;
/** Milliseconds after which a client that has not completed a command is let go. */
const IDLE = 60_000;
/** Bytes of an answer in parts that may wait for its reader. */
const UNREAD_MAX = 64 << 20;

/** How long a client may be silent. An answer may take longer. */
interface Patience {
  readonly timer: NodeJS.Timeout;
  isAnswering: boolean;
}

export class ControlClients {
  private readonly clients = new Set<Socket>();

  constructor(
    private readonly access: ControlAccess,
    private readonly target: ControlTarget,
    private readonly warn: (text: string) => void,
    private readonly idle: number = IDLE,
  ) {}

  welcome(client: Socket): void {
    client.on('error', () => client.destroy());
    const rights = this.rightsOf(client);
    if (rights === undefined || this.clients.size >= CLIENTS_MAX - rights.leaves) {
      client.destroy();
      return;
    }
    const patience: Patience = {
      timer: setTimeout(() => {
        if (patience.isAnswering) patience.timer.refresh();
        else client.destroy();
      }, this.idle),
      isAnswering: false,
    };
    this.clients.add(client);
    const gone = new AbortController();
    client.on('close', () => {
      clearTimeout(patience.timer);
      this.clients.delete(client);
      gone.abort();
    });
    client.write(encodeLine(0, 0, ['0'], `Protocol version is ${PROTOCOL}.`));
    void this.serve(client, rights, patience, gone.signal);
  }

  close(): void {
    for (const client of this.clients) client.destroy();
  }

  private rightsOf(client: Socket): Rights | undefined {
    const peer = peerCredentials(descriptorOf(client));
    const rights = rightsOf(peer, this.access);
    if (rights === undefined)
      this.warn(`control socket: user ${peer.uid} (process ${peer.pid}) was turned away`);
    return rights;
  }

  /**
   * Reads a command only after the reply to the one before has been sent, so that a slow client
   * delays only itself.
   */
  private async serve(
    client: Socket,
    rights: Rights,
    patience: Patience,
    gone: AbortSignal,
  ): Promise<void> {
    const reader = new LineReader();
    const session: Session = {
      rights,
      send: (part) => sends(client, part),
      row: async (bytes) => {
        if (!gone.aborted && !client.write(bytes)) await drained(client);
      },
      gone,
      upload: [],
    };
    try {
      for await (const chunk of client) {
        const lines = reader.push(chunk as Buffer);
        if (lines === undefined) {
          client.end(encodeLine(0, REPLY.malformed, [], 'The line is too long.'));
          return;
        }
        for (const line of lines) {
          patience.isAnswering = true;
          const { reply, last } = await answer(line, this.target, session);
          patience.isAnswering = false;
          if (last) {
            client.end(reply);
            return;
          }
          if (!client.write(reply)) await drained(client);
          patience.timer.refresh();
        }
      }
    } catch {
      client.destroy(); // the client disconnected
    }
  }
}

/** Returns whether the client reads what it is sent. */
function sends(client: Socket, part: Buffer): boolean {
  client.write(part);
  return !client.destroyed && client.writableLength <= UNREAD_MAX;
}

/** Resolves when the written bytes are sent, or the connection is closed. */
function drained(client: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      client.off('drain', done).off('close', done);
      resolve();
    };
    if (client.destroyed) resolve();
    else client.on('drain', done).on('close', done);
  });
}

/** The descriptor of a socket, which Node has no public property for. */
export function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}
