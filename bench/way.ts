/** A port that leads to a server, or to nobody, and counts what passes. */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export class Way {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;
  /** In both directions. */
  bytes = 0;

  constructor(
    private readonly host: string,
    private readonly target: number,
  ) {}

  async open(): Promise<void> {
    const server = createServer((client) => {
      const other = connect(this.target, this.host);
      for (const [socket, peer] of [
        [client, other],
        [other, client],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => peer.destroy()).on('close', () => this.sockets.delete(socket));
        socket.on('data', ({ length }: Buffer) => (this.bytes += length));
        socket.pipe(peer);
      }
    }).listen(this.port, this.host);
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.port = address.port;
    this.server = server;
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
