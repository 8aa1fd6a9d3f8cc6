/** The control socket as a file: made where nobody can connect too early, and made again. */
import { chmodSync, chownSync, closeSync, lstatSync, renameSync, rmdirSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { uniqueName } from '../../shared/unique-name.js';
import { codeOf } from '../../shared/system-errors.js';
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { posix } from '../posix.js';
import { ControlClients, descriptorOf } from './control-clients.js';
import type { ControlTarget } from './control-commands.js';
import { DEFAULT_MODE } from './control-rights.js';
import type { ControlAccess } from './control-rights.js';
import { peerCredentials } from '../native.js';
import { inDirectory, cannotWrite } from '../open-path.js';
import { makePrivateDirectory } from '../held-directory.js';
import { LOOK, patienceFor } from '../sleep.js';
import type { Clerk, KeptFile, KeptFiles } from '../kept-files.js';
import { Warnings } from './warnings.js';

export class ControlSocket {
  private readonly clients: ControlClients;
  private server: Server | undefined;
  private restoring = false;
  private readonly warnings: Warnings;

  private constructor(
    private readonly kept: KeptFile,
    private readonly access: ControlAccess,
    target: ControlTarget,
    private readonly warn: (text: string) => void,
    idle: number | undefined,
  ) {
    this.warnings = new Warnings(warn);
    this.clients = new ControlClients(access, target, warn, idle);
  }

  /**
   * Opens the socket. `path`: absolute; `files`: the table that it becomes a row of; `idle`:
   * milliseconds that a client may be silent. Throws ClsyncError when it cannot be made, or another
   * daemon has it.
   */
  static async open(
    path: BytePath,
    files: KeptFiles,
    access: ControlAccess,
    target: ControlTarget,
    warn: (text: string) => void,
    idle?: number,
  ): Promise<ControlSocket> {
    if (access.gid !== undefined) posix(); // fails now rather than when the first client connects
    try {
      const socket = new ControlSocket(files.keep('--socket', path), access, target, warn, idle);
      await socket.listen();
      return socket;
    } catch (error) {
      throw failure(error, path);
    }
  }

  /**
   * Makes the socket again if it has been removed, alone or with its directory. Connected clients
   * stay.
   */
  async restore(): Promise<void> {
    if (this.restoring || this.server === undefined) return;
    if (this.kept.clerk !== undefined) return this.borrow(this.kept.clerk);
    this.kept.follow();
    if (!this.kept.hasDirectory || this.kept.found() !== undefined) return;
    this.restoring = true;
    try {
      await this.listen();
    } catch (error) {
      this.complain(error);
    }
    this.restoring = false;
  }

  /** Listens on a socket that another process makes if there is none. */
  private async borrow(clerk: Clerk): Promise<void> {
    this.restoring = true;
    try {
      const fd = clerk.open('--socket');
      await this.bind({ fd });
    } catch (error) {
      if (!['EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) this.complain(error);
    }
    this.restoring = false;
  }

  /** Not twice running of the same. */
  private complain(reason: unknown): void {
    this.warnings.attempt(() => {
      throw failure(reason, this.kept.path);
    });
  }

  close(): void {
    this.server?.close();
    this.server = undefined;
    this.clients.close();
    this.kept.follow();
    try {
      this.kept.remove();
    } catch {
      // someone else removed it, or the directory's permissions no longer let us
    }
  }

  /**
   * Makes the socket in a private directory, where it gets its owner and mode, and then renames it
   * to its path: nobody can connect before that.
   */
  private async listen(): Promise<void> {
    await refuseOccupied(this.kept);
    const workshop = uniqueName('.clsync-');
    const inside = makePrivateDirectory(this.kept.directory, workshop);
    try {
      const made = inDirectory(inside, fromText('socket'));
      await this.bind(made.toString('latin1'));
      const { uid, gid, mode } = this.access;
      if (uid !== undefined || gid !== undefined)
        chownSync(made, uid ?? process.getuid?.() ?? 0, gid ?? process.getgid?.() ?? 0);
      chmodSync(made, mode ?? DEFAULT_MODE);
      const inode = lstatSync(made, { bigint: true });
      renameSync(made, this.kept.at());
      this.kept.take(inode);
    } finally {
      closeSync(inside);
      rmdirSync(this.kept.at(workshop));
    }
  }

  /**
   * Binds a new socket in place of the old one, whose name is gone, so that no client can reach it
   * any more.
   */
  private bind(where: string | { readonly fd: number }): Promise<void> {
    this.server?.close();
    const server = createServer((client) => this.clients.welcome(client));
    this.server = server;
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        server.on('error', (error) => this.warn(`control socket: ${error.message}`));
        resolve();
      });
    });
  }
}

/**
 * Throws ClsyncError when another process listens on the socket, or anything but a socket is there.
 * A socket without a listener may be replaced.
 */
async function refuseOccupied(kept: KeptFile): Promise<void> {
  const found = kept.found();
  if (found === undefined) return;
  const refusal = (why: string) =>
    new ClsyncError('CANNOT_WRITE', '--socket', display(kept.path), why);
  if (!found.isSocket()) throw refusal('something that is no socket is there');
  const began = performance.now();
  for (let pid = await listening(kept); pid !== undefined; pid = await listening(kept)) {
    if (performance.now() - began >= patienceFor(pid))
      throw refusal('another process listens there');
    await delay(LOOK);
  }
}

/** The process that listens, or did so before it was killed: another one may have its socket. */
function listening(kept: KeptFile): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createConnection(`/proc/self/fd/${kept.directory}/${kept.name}`);
    probe
      .on('connect', () => resolve(peerCredentials(descriptorOf(probe)).pid))
      .on('error', () => resolve(undefined))
      .on('connect', () => probe.destroy());
  });
}

function failure(error: unknown, path: BytePath): ClsyncError {
  return error instanceof ClsyncError ? error : cannotWrite('--socket', display(path), error);
}
