/** A program that runs behind its launcher, until it has ended with everything it started. */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { LauncherFailure } from '../../shared/specification-wire.js';
import type { Ending } from './ending.js';
import { CHANNEL } from './launcher.js';
import type { ProgramLauncher, Shape } from './launcher.js';
import { passedOn, passOn } from './pass-on.js';
import { callSpecification, GRACE } from './specification.js';
import type { CallConfinement } from './specification.js';
import { stuckIn } from './stuck.js';

export interface Program {
  /**
   * argv; the first word is the program, looked up in PATH of `environment` when it has no slash,
   * as execvp(3) does.
   */
  readonly words: readonly BytePath[];
  /** Absolute working directory. */
  readonly directory: BytePath;
  /** `NAME=value`; the program gets these and no other. */
  readonly environment: readonly BytePath[];
  /** Written to its standard input; undefined: it is an empty pipe. */
  readonly input?: Buffer;
  /** Receives its output; undefined: it goes to the master. */
  readonly output?: Output;
  /** Receives a copy of its standard error, which is also passed on to the executor's. */
  readonly errors?: { write(chunk: Buffer): void };
  /** Milliseconds after which it is killed with all it started; 0: never. */
  readonly timeout: number;
  /**
   * How it is started. `node`: by Node alone, in advance, for rsync with arguments of our choice.
   * `loaded`: by execa if it is loaded, else by Node alone, as the first sync waits for it.
   * Undefined: by execa, which is loaded first if necessary.
   */
  readonly by?: 'node' | 'loaded';
  /** Gives it one end of a socket pair as descriptor 4; the other is `RunningProgram.channel`. */
  readonly channel?: boolean;
}

export interface Output {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/**
 * Milliseconds after a program's end within which its output must arrive: a background child may
 * keep the pipe open.
 */
const DRAIN = 200;
/**
 * Milliseconds between two looks whether a call that was told to end has, and how many there are.
 */
const LOOK = 5;
const LOOKS = 50;
/** After so many, processes that all wait in the kernel are left to it. */
const STUCK_LOOKS = 10;

export class RunningProgram {
  /** How it ended; never rejects. */
  readonly ending: Promise<Ending>;
  /** Our end of the socket pair of `Program.channel`. */
  readonly channel: Socket | undefined;
  private readonly failure: Promise<LauncherFailure | undefined>;
  private giveUp: (ending: Ending) => void = () => undefined;
  /** Resolves when it cannot be ended. */
  private readonly stuck = new Promise<Ending>((resolve) => (this.giveUp = resolve));
  /** Its standard error is passed on to the executor's. */
  private readonly passesOn: boolean;

  constructor(
    private readonly launcher: ProgramLauncher,
    path: BytePath,
    program: Program,
    confinement: CallConfinement,
  ) {
    const { words, environment, directory, input, output, errors, timeout, channel } = program;
    this.channel = launcher.channel;
    const call = {
      program: path,
      arguments: words,
      environment,
      directory,
      descriptors: channel ? [CHANNEL] : [],
    };
    this.failure = launcher.prepared
      ? launcher.execute(call)
      : launcher.launch(callSpecification(call, launcher.child.pid ?? 0, confinement));
    // A program may end, or close its input, without reading it all.
    launcher.child.stdin?.on('error', () => undefined).end(input);
    launcher.child.stdout?.on('data', (chunk: Buffer) => output?.stdout(chunk));
    launcher.errors?.on('data', (chunk: Buffer) =>
      output === undefined ? errors?.write(chunk) : output.stderr(chunk),
    );
    this.passesOn = output === undefined && launcher.errors !== undefined;
    if (this.passesOn && launcher.errors) passOn(launcher.errors);
    this.ending = this.outcome(timeout);
  }

  private async outcome(timeout: number): Promise<Ending> {
    let timedOut = false;
    const timer =
      timeout > 0 ? setTimeout(() => ((timedOut = true), void this.end()), timeout) : undefined;
    const ending = await Promise.race([this.launcher.exited, this.stuck]);
    clearTimeout(timer);
    if (ending.kind === 'stuck') return ending;
    const failure = await this.failure;
    if (failure !== undefined)
      return {
        kind: 'notStarted',
        errno: failure.errno,
        words: `${failure.step}: ${failure.words}`,
      };
    await this.drained();
    return timedOut ? { kind: 'timedOut' } : ending;
  }

  /**
   * Ends it and all processes it started. Leaves a process to the kernel that waits in it and that
   * no signal ends: its ending is then `stuck`.
   */
  async end(): Promise<void> {
    const keeper = this.launcher.child.pid;
    if (keeper === undefined) return;
    const ended = this.launcher.end();
    await Promise.race([ended, delay(GRACE)]);
    for (let looks = 0; this.launcher.alive && looks < LOOKS; looks++) {
      await Promise.race([ended, delay(LOOK)]);
      if (looks >= STUCK_LOOKS && stuckIn(keeper).wholly) break;
    }
    const name = this.launcher.alive ? stuckIn(keeper).name : undefined;
    if (name === undefined) await ended;
    else this.giveUp({ kind: 'stuck', name: display(name) });
  }

  /** Sends TERM to the processes it started, not to itself. */
  endOthers(): void {
    this.launcher.child.kill('SIGUSR1');
  }

  private async drained(): Promise<void> {
    const streams = [this.launcher.child.stdout, this.launcher.errors].filter(
      (stream) => stream !== null && stream !== undefined && !stream.closed,
    );
    const closed = Promise.all(
      streams.map((stream) => new Promise((resolve) => stream?.once('close', resolve))),
    );
    await Promise.race([closed, delay(DRAIN)]);
    // Its background processes may continue to write to the executor's standard error.
    if (this.passesOn) return passedOn();
    for (const stream of streams) stream?.destroy();
  }
}

/** Which of its descriptors are pipes to us. */
export function shapeOf({
  input,
  output,
  errors,
  channel,
}: Pick<Program, 'input' | 'output' | 'errors' | 'channel'>): Shape {
  return {
    input: input !== undefined,
    output: output !== undefined,
    errors: errors !== undefined,
    channel: channel === true,
  };
}
