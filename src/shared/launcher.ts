/**
 * Starts the launcher program (src/native/launch/launch.c), which waits for a specification,
 * applies it and executes the program it names.
 */
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import {
  decodeFailure,
  encodeExecution,
  encodePreparation,
  encodeSpecification,
} from './specification-wire.js';
import type { LauncherFailure } from './specification-wire.js';
import type { Execution, Preparation, Specification } from './specification.js';

const require = createRequire(import.meta.url);

/** One descriptor of the launcher: 'pipe' is a socket pair, a number is one of our descriptors. */
export type Descriptor = 'pipe' | 'inherit' | 'ignore' | number;

/** Further options for starting it. The program it executes gets its own from the specification. */
export const LAUNCHER_OPTIONS = { env: {}, cwd: '/' } as const;

/**
 * @param file path of the launcher
 * @param descriptor on which it reads the specification and reports a failure, closed by the exec;
 * must be 'pipe' in `stdio`
 */
export function spawnLauncher(
  file: string,
  descriptor: number,
  stdio: readonly Descriptor[],
): ChildProcess {
  // Loaded only now: an executor that starts nothing does without.
  const { spawn } = require('node:child_process') as typeof import('node:child_process');
  return spawn(file, [String(descriptor)], { ...LAUNCHER_OPTIONS, stdio: [...stdio] });
}

export class Launcher {
  private readonly wire: Socket | undefined;

  /** @param descriptor the same with which `child` was started */
  constructor(
    readonly child: ChildProcess,
    descriptor: number,
  ) {
    this.child.on('error', () => undefined); // only means that there is no pid
    this.wire = this.pipe(descriptor);
    // It may fail before it has read everything; its report says why.
    this.wire?.on('error', () => undefined);
  }

  /**
   * Our end of a descriptor that is 'pipe' in `stdio`: a socket for both directions. undefined:
   * nothing was started.
   */
  pipe(descriptor: number): Socket | undefined {
    // @types/node declares five streams that always exist. Without free descriptors there are none.
    const stdio = this.child.stdio as unknown as readonly (Socket | undefined)[] | undefined;
    return stdio?.[descriptor];
  }

  /**
   * Resolves once the program is executed (with undefined) or cannot be. Never rejects; throws what
   * `encodeSpecification` throws.
   */
  launch(specification: Specification): Promise<LauncherFailure | undefined> {
    return this.finish(encodeSpecification(specification));
  }

  /**
   * Has it do now all that comes before the program, for which it then waits. What fails is
   * reported by `execute`, which has to follow instead of `launch`.
   */
  prepare(preparation: Preparation): void {
    this.wire?.write(encodePreparation(preparation));
  }

  /** As `launch`, of one that is prepared. */
  execute(execution: Execution): Promise<LauncherFailure | undefined> {
    return this.finish(encodeExecution(execution));
  }

  private async finish(part: Buffer): Promise<LauncherFailure | undefined> {
    if (this.wire === undefined) return undefined;
    const report = collected(this.wire);
    this.wire.end(part);
    return decodeFailure(await report);
  }

  /** Ends the launcher before it has launched anything. */
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

/** All bytes until the other side closes or fails. Never rejects. */
export function collected(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks)));
  });
}
