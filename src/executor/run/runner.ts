/**
 * Starts programs through the launcher, waits for their end, and ends them with all processes they
 * started.
 */
import { constants as os } from 'node:os';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { absolute, isProgram, placesInPath } from '../../shared/program-search.js';
import type { Report } from '../../shared/report.js';
import type { LauncherFailure } from '../../shared/specification-wire.js';
import { callSpecification, GRACE, UNCONFINED } from './specification.js';
import type { CallConfinement } from './specification.js';
import { describeEnding } from './ending.js';
import type { Ending } from './ending.js';
import { LastingCalls } from './lasting-calls.js';
import { CHANNEL, ProgramLauncher, ReadyLauncher } from './launcher.js';
import { execaIfLoaded, execaLoaded } from './load-execa.js';
import { passedOn, passOn } from './pass-on.js';
import type { Shape } from './launcher.js';
import type { Permitted } from './permitted.js';
import { startByNode } from './started.js';
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
/** Most characters of a command in the log. */
const COMMAND_MAX = 4096;
/** Milliseconds between two looks whether a call that was told to end has, and how many there are. */
const LOOK = 5;
const LOOKS = 50;
/** After so many, processes that all wait in the kernel are left to it. */
const STUCK_LOOKS = 10;

export class Runner {
  private readonly running = new Set<RunningProgram>();

  private readonly ready: ReadyLauncher;
  private permitted: Permitted | undefined;
  /** Calls of `run` that have not ended. */
  private calls = 0;
  private cleaning: Promise<void> | undefined;

  constructor(
    private readonly launcher: BytePath,
    private readonly confinement: CallConfinement = UNCONFINED,
    /** Removes what calls have left in the temporary directories; never rejects. */
    private readonly clean: () => Promise<void> = () => Promise.resolve(),
    /** Told of every call, of plug-ins, too. */
    readonly lasting: LastingCalls = new LastingCalls(() => undefined),
    private readonly report: Report = () => undefined,
  ) {
    this.ready = new ReadyLauncher(launcher, confinement);
  }

  /** From now on only these commands are started. */
  restrict(permitted: Permitted): void {
    this.permitted = permitted;
  }

  /** Runs a program. Like execvp(3), runs a script without `#!` by sh. */
  async run(program: Program): Promise<Ending> {
    if (this.permitted?.allows(program.words) === false)
      return {
        kind: 'notStarted',
        errno: os.errno.EPERM,
        words: 'not what was fixed at start (--check-execvp-arguments)',
      };
    if (this.cleaning !== undefined) await this.cleaning;
    this.calls++;
    const ended = this.lasting.begin(program.words[0] as BytePath);
    try {
      return await this.call(program);
    } finally {
      ended();
      this.calls--;
      this.cleanUp();
    }
  }

  private async call(program: Program): Promise<Ending> {
    const ending = await this.launch(program).ending;
    if (ending.kind !== 'notStarted' || ending.errno !== os.errno.ENOEXEC) return ending;
    const [name, ...rest] = program.words as [BytePath, ...BytePath[]];
    const script = lookUp(name, program.directory, program.environment);
    return this.launch({ ...program, words: [fromText('/bin/sh'), script, ...rest] }).ending;
  }

  /** Once no call can miss it: a plug-in's host may go on using what it has written. */
  private cleanUp(): void {
    if (this.calls > 0 || [...this.running].some(({ channel }) => channel !== undefined)) return;
    const cleaning = this.clean().then(() => {
      if (this.cleaning === cleaning) this.cleaning = undefined;
    });
    this.cleaning = cleaning;
  }

  /**
   * Starts a program that outlasts calls. Throws Error when it is not permitted, which is a defect:
   * the user does not choose its arguments.
   */
  start(program: Program): RunningProgram {
    if (this.permitted?.allows(program.words) === false)
      throw new Error('a program that was not fixed at start');
    return this.launch(program);
  }

  private launch(program: Program): RunningProgram {
    const { words, directory, environment } = program;
    const launcher = this.launcherFor(program);
    const running = new RunningProgram(
      launcher,
      lookUp(words[0] as BytePath, directory, environment),
      program,
      this.confinement,
    );
    this.running.add(running);
    const began = performance.now();
    this.report('debug1', `run: ${inWords(words)}`);
    void running.ending.then((ending) => {
      this.running.delete(running);
      const took = ((performance.now() - began) / 1000).toFixed(2);
      this.report(
        'debug1',
        `ended: ${display(words[0] as BytePath)}: ${describeEnding(ending)} after ${took} s`,
      );
    });
    return running;
  }

  private launcherFor(program: Program): ProgramLauncher {
    const shape = shapeOf(program);
    if (program.by === 'node') return this.ready.take(shape, program.directory);
    const start = program.by === 'loaded' ? (execaIfLoaded() ?? startByNode) : execaLoaded();
    return new ProgramLauncher(this.launcher, shape, start);
  }

  /**
   * Starts the launcher for the next program of this kind (`by: 'node'`) in advance, so that only
   * the exec is left to do later.
   */
  prepare(program: Pick<Program, 'directory' | 'input' | 'output'>): void {
    this.ready.prepare(shapeOf(program), program.directory);
  }

  /** Loads execa soon, so that a later start does not wait for it. */
  loadSoon(): void {
    execaIfLoaded();
  }

  /** Ends every running program with all it started; resolves when all have ended. */
  async endAll(): Promise<void> {
    this.ready.dismiss();
    await Promise.all([...this.running].map((running) => running.end()));
  }
}

/** A command as a shell would take it, where it is short. */
function inWords(words: readonly BytePath[]): string {
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${display(word).replaceAll("'", "'\\''")}'`,
  );
  const text = quoted.join(' ');
  return text.length > COMMAND_MAX
    ? `${text.slice(0, COMMAND_MAX)}... (${words.length} words)`
    : text;
}

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

function shapeOf({
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

/**
 * The path at which execvp(3), called in `directory`, would find the program; if there is none, the
 * first path that it would try.
 */
export function lookUp(
  name: BytePath,
  directory: BytePath,
  environment: readonly BytePath[],
): BytePath {
  if (name.includes('/')) return absolute(name, directory);
  const places = placesInPath(name, environment, directory);
  return places.find(isProgram) ?? (places[0] as BytePath);
}

/** Arguments as bytes, from constants in this code. */
export function words(...text: readonly string[]): BytePath[] {
  return text.map(fromText);
}
