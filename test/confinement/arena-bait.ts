import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Sandbox } from '../../src/master/sandbox/decision.js';

/** Where everybody may write. */
const DIRECTORIES = ['/tmp', '/dev/shm'] as const;

/** A process, listeners and traces on the host that the probes look for. */
export class Bait {
  private readonly listeners: Server[] = [];
  private victim: ChildProcess | undefined;
  private traces: readonly string[] = [];
  private port = 0;

  /** @param owner of the victim; undefined: the starter's */
  constructor(
    private readonly directory: string,
    private readonly probe: string,
    private readonly owner: Sandbox['executor']['identity'],
  ) {}

  /** Starts the victim and the listeners. Returns the arguments that describe them to the probe. */
  async expose(): Promise<string[]> {
    this.victim = spawn('/bin/sleep', ['600'], {
      stdio: 'ignore',
      ...(this.owner === undefined ? {} : { uid: this.owner.uid, gid: this.owner.gid }),
    });
    const abstract = `clsync-arena-${process.pid}`;
    this.port = await this.listen();
    await this.listen('\0' + abstract);
    for (const place of ['outside', 'watched']) await this.listen(`${this.directory}/${place}/s`);
    this.traces = DIRECTORIES.map((directory) => `${directory}/clsync-arena-${this.port}`);
    for (const path of this.traces) writeFileSync(path, '');
    execFileSync(this.probe, ['--make', String(this.port)]);
    const namespaces = readdirSync('/proc/self/ns').map((name) =>
      readlinkSync('/proc/self/ns/' + name),
    );
    return [
      this.directory,
      String(this.victim.pid),
      String(this.port),
      abstract,
      namespaces.join(','),
    ];
  }

  end(): void {
    this.victim?.kill('SIGKILL');
    this.victim = undefined;
    for (const server of this.listeners.splice(0)) server.close();
    if (this.traces.length > 0) execFileSync(this.probe, ['--unmake', String(this.port)]);
    for (const path of this.traces) rmSync(path);
    for (const path of this.programs) rmSync(path, { force: true });
    this.traces = [];
  }

  /** Those that a probe may make and not remove: the master's own process may not. */
  private get programs(): string[] {
    return DIRECTORIES.map((directory) => `${directory}/clsync-program-${this.port}`);
  }

  private async listen(path?: string): Promise<number> {
    const server = createServer((socket) => socket.destroy());
    this.listeners.push(server);
    if (path === undefined) server.listen(0, '127.0.0.1');
    else server.listen(path);
    await once(server, 'listening');
    return path === undefined ? (server.address() as AddressInfo).port : 0;
  }
}
