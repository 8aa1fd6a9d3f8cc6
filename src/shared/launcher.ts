/**
 * The launcher program (src/native/launch/launch.c), started: it waits for a specification, does
 * what that says and executes the program it names.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { decodeFailure, encodeSpecification } from './specification-wire.js';
import type { LauncherFailure } from './specification-wire.js';
import type { Specification } from './specification.js';

export class Launcher {
  readonly child: ChildProcess;
  private readonly wire: Socket | undefined;

  /**
   * @param file path of the launcher
   * @param descriptor where it reads the specification and reports a failure, closed by the exec;
   * `stdio` says 'pipe' for it
   */
  constructor(file: string, descriptor: number, stdio: StdioOptions) {
    this.child = spawn(file, [String(descriptor)], { stdio, env: {}, cwd: '/' });
    this.child.on('error', () => undefined); // says no more than that there is no pid
    this.wire = this.pipe(descriptor);
    // It may fail before it has read everything; its report says why.
    this.wire?.on('error', () => undefined);
  }

  /**
   * Our end of what was asked for with 'pipe': a socket for both directions. undefined: nothing was
   * started.
   */
  pipe(descriptor: number): Socket | undefined {
    // @types/node know five streams, and that there always are some; out of descriptors, there are
    // none.
    const stdio = this.child.stdio as unknown as readonly (Socket | undefined)[] | undefined;
    return stdio?.[descriptor];
  }

  /**
   * Resolves once the program is executed (with undefined) or cannot be. Never rejects; throws what
   * `encodeSpecification` throws.
   */
  async launch(specification: Specification): Promise<LauncherFailure | undefined> {
    if (this.wire === undefined) return undefined;
    const report = collected(this.wire);
    this.wire.end(encodeSpecification(specification));
    return decodeFailure(await report);
  }

  /** It ends without having launched anything. */
  dismiss(): void {
    this.wire?.destroy();
  }
}

/** All that comes until the other side closes, or breaks. Never rejects. */
export function collected(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks)));
  });
}
