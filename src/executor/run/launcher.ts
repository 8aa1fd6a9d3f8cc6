/** The launcher, with the streams of the program that it is to execute. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Launcher } from '../../shared/launcher.js';
import { pipe } from '../../shared/native.js';
import { startByNode } from './started.js';
import type { Start, Started } from './started.js';

/** The launcher's descriptor for its specification and its report of failure. */
const SPECIFICATION = 3;
/** The program's descriptor for `Program.channel`. */
export const CHANNEL = 4;

/** Which descriptors of the program are ours; the others are the daemon's. */
export interface Shape {
  readonly input: boolean;
  readonly output: boolean;
  /** The standard error alone. */
  readonly errors: boolean;
  readonly channel: boolean;
}

export class ProgramLauncher extends Launcher {
  readonly exited: Started['exited'];
  readonly end: Started['end'];
  readonly channel: Socket | undefined;
  /** What the program writes to its standard error, where that is ours. */
  readonly errors: Readable | undefined;
  alive = true;

  constructor(
    program: BytePath,
    readonly shape: Shape,
    start: Start,
  ) {
    const stream = shape.output ? 'pipe' : 'inherit';
    // A pipe, and not the socket that Node would make of 'pipe': a script may write to /dev/stderr,
    // which opens it anew.
    const [reading, writing] = shape.errors ? pipe() : [];
    const { child, exited, end } = start(toBuffer(program).toString(), SPECIFICATION, [
      shape.input ? 'pipe' : 'inherit',
      stream,
      writing ?? stream,
      'pipe',
      ...(shape.channel ? (['pipe'] as const) : []),
    ]);
    super(child, SPECIFICATION);
    this.exited = exited;
    this.end = end;
    if (writing !== undefined) closeSync(writing);
    this.errors =
      reading === undefined
        ? (this.child.stderr ?? undefined)
        : new Socket({ fd: reading, readable: true, writable: false });
    void this.exited.then(() => (this.alive = false));
    this.channel = shape.channel ? this.pipe(CHANNEL) : undefined;
  }
}

/**
 * At most one launcher that waits: starting a process takes Node several milliseconds, which a
 * change on disk need not wait for.
 */
export class ReadyLauncher {
  private waiting: ProgramLauncher | undefined;
  private dismissed = false;

  constructor(private readonly program: BytePath) {}

  /** The one that waits if it fits and lives, else a new one. */
  take(shape: Shape): ProgramLauncher {
    const { waiting } = this;
    if (waiting === undefined || !waiting.alive || !equal(waiting.shape, shape))
      return new ProgramLauncher(this.program, shape, startByNode);
    this.waiting = undefined;
    return waiting;
  }

  prepare(shape: Shape): void {
    if (this.dismissed || (this.waiting?.alive === true && equal(this.waiting.shape, shape)))
      return;
    this.waiting?.dismiss();
    this.waiting = new ProgramLauncher(this.program, shape, startByNode);
  }

  /** It ends when it reads the end of its specification. */
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
