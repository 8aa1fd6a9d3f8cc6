/** The launcher, with the streams of the program that it will execute. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Launcher } from '../../shared/launcher.js';
import { nothingToRead, pipe } from '../../shared/native.js';
import { codeOf } from '../../shared/system-errors.js';
import { callPreparation } from './specification.js';
import type { CallConfinement } from './specification.js';
import { startByNode } from './started.js';
import type { Start, Started } from './started.js';

/** The launcher's descriptor for its specification and its report of failure. */
const SPECIFICATION = 3;
/** The program's descriptor for `Program.channel`. */
export const CHANNEL = 4;

/**
 * Which descriptors of the program are ours. Otherwise there is nothing to read, and what it prints
 * goes where what we print goes: into pipes of the master.
 */
export interface Shape {
  readonly input: boolean;
  readonly output: boolean;
  /** The standard error without the standard output. */
  readonly errors: boolean;
  readonly channel: boolean;
}

export class ProgramLauncher extends Launcher {
  readonly exited: Started['exited'];
  readonly end: Started['end'];
  readonly channel: Socket | undefined;
  /** The program's standard error, if it is connected to the executor. */
  readonly errors: Readable | undefined;
  alive = true;
  /** It has been given its preparation. */
  prepared = false;

  constructor(
    program: BytePath,
    readonly shape: Shape,
    start: Start,
  ) {
    const stream = shape.output ? 'pipe' : 'inherit';
    // Pipes, and not the sockets that Node would make of 'pipe': a script may open /dev/stdin or
    // /dev/stderr anew, which no socket can be.
    const input = shape.input ? undefined : unlessOut(nothingToRead);
    const [reading, writing] = (shape.errors ? unlessOut(pipe) : undefined) ?? [];
    const { child, exited, end } = start(toBuffer(program).toString(), SPECIFICATION, [
      input ?? 'pipe',
      stream,
      writing ?? (shape.errors ? 'pipe' : stream),
      'pipe',
      ...(shape.channel ? (['pipe'] as const) : []),
    ]);
    super(child, SPECIFICATION);
    this.exited = exited;
    this.end = end;
    for (const descriptor of [input, writing]) if (descriptor !== undefined) closeSync(descriptor);
    this.errors =
      reading === undefined
        ? (this.child.stderr ?? undefined)
        : new Socket({ fd: reading, readable: true, writable: false });
    void this.exited.then(() => (this.alive = false));
    this.channel = shape.channel ? this.pipe(CHANNEL) : undefined;
  }
}

/** Out of descriptors Node, asked for sockets instead, reports it with all else it could not do. */
function unlessOut<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!['EMFILE', 'ENFILE'].includes(codeOf(error) ?? '')) throw error;
    return undefined;
  }
}

/**
 * Keeps at most one launcher started in advance, confined already as the program will be: starting
 * a process takes Node several milliseconds, and confining it one, by which they would delay the
 * sync of a change.
 */
export class ReadyLauncher {
  private waiting: ProgramLauncher | undefined;
  private directory: BytePath | undefined;
  private dismissed = false;

  constructor(
    private readonly program: BytePath,
    private readonly confinement: CallConfinement,
  ) {}

  /** The waiting launcher if it is alive and is for such a program, else a new one. */
  take(shape: Shape, directory: BytePath): ProgramLauncher {
    const { waiting } = this;
    if (waiting === undefined || !this.waits(shape, directory))
      return new ProgramLauncher(this.program, shape, startByNode);
    this.waiting = undefined;
    return waiting;
  }

  prepare(shape: Shape, directory: BytePath): void {
    if (this.dismissed || this.waits(shape, directory)) return;
    this.waiting?.dismiss();
    const launcher = new ProgramLauncher(this.program, shape, startByNode);
    const surroundings = { directory, descriptors: shape.channel ? [CHANNEL] : [] };
    launcher.prepare(callPreparation(surroundings, launcher.child.pid ?? 0, this.confinement));
    launcher.prepared = true;
    [this.waiting, this.directory] = [launcher, directory];
  }

  private waits(shape: Shape, directory: BytePath): boolean {
    const { waiting } = this;
    return waiting?.alive === true && this.directory === directory && equal(waiting.shape, shape);
  }

  /**
   * Ends the waiting launcher by closing its specification, and starts no further one in advance.
   */
  dismiss(): void {
    this.dismissed = true;
    this.waiting?.dismiss();
    this.waiting = undefined;
  }
}

function equal(one: Shape, other: Shape): boolean {
  return (
    one.input === other.input &&
    one.output === other.output &&
    one.errors === other.errors &&
    one.channel === other.channel
  );
}
