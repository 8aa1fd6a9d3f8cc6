/** Starts programs through the launcher, and ends all that run. */
import { constants as os } from 'node:os';
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { absolute, isProgram, placesInPath } from '../../shared/program-search.js';
import type { Report } from '../../shared/report.js';
import { UNCONFINED } from './specification.js';
import type { CallConfinement } from './specification.js';
import { describeEnding } from './ending.js';
import type { Ending } from './ending.js';
import { LastingCalls } from './lasting-calls.js';
import { ProgramLauncher, ReadyLauncher } from './launcher.js';
import { execaIfLoaded, execaLoaded } from './load-execa.js';
import type { Permitted } from './permitted.js';
import { RunningProgram, shapeOf } from './running-program.js';
import type { Program } from './running-program.js';
import { startByNode } from './started.js';

/** Most characters of a command in the log. */
const COMMAND_MAX = 4096;
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
