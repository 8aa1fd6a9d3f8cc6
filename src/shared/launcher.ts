/**
 * The launcher program (src/native/launch/launch.c), started: it waits for a specification, does
 * what that says and executes the program it names.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { decodeFailure, encodeSpecification } from './specification-wire.js';
import type { LauncherFailure } from './specification-wire.js';
import type { Specification } from './specification.js';

/** What one of its descriptors is: 'pipe' is a socket pair, a number one of ours. */
export type Descriptor = 'pipe' | 'inherit' | 'ignore' | number;

/** What it is started with besides; the program it executes has its own by the specification. */
export const LAUNCHER_OPTIONS = { env: {}, cwd: '/' } as const;

/**
 * @param file path of the launcher
 * @param descriptor where it reads the specification and reports a failure, closed by the exec;
 * `stdio` says 'pipe' for it
 */
export function spawnLauncher(
  file: string,
  descriptor: number,
  stdio: readonly Descriptor[],
): ChildProcess {
  return spawn(file, [String(descriptor)], { ...LAUNCHER_OPTIONS, stdio: [...stdio] });
}

export class Launcher {
  private readonly wire: Socket | undefined;

  /** @param descriptor as `child` was started with */
  constructor(
    readonly child: ChildProcess,
    descriptor: number,
  ) {
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

/** The parameters are those of `spawnLauncher`. */
export function startLauncher(
  file: string,
  descriptor: number,
  stdio: readonly Descriptor[],
): Launcher {
  return new Launcher(spawnLauncher(file, descriptor, stdio), descriptor);
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
