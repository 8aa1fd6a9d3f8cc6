/** A running program under test. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import {
  descendants,
  describeProcesses,
  isRunning,
  killAll,
  mentioning,
  readProcess,
} from './processes.js';
import type { ProcessInfo } from './processes.js';
import { atEnd } from './temporary.js';
import type { Scope } from './temporary.js';
import { until } from './until.js';
import type { UntilOptions } from './until.js';
import type { User } from './user.js';

/** Milliseconds between two looks for a monitor that ends, and how many. */
const MONITOR_PAUSE = 10;
const MONITOR_TRIES = 2000;
/**
 * Turns of the event loop without output after which a pipe is known to be empty; and with it, for
 * what others write without end.
 */
const [EMPTY, TURNS] = [3, 10_000] as const;

export interface DaemonOptions {
  readonly user?: User | undefined;
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** It writes only warnings, as whoever starts it without a terminal gets them. */
  readonly silent?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Daemon {
  /** Resolves once it has ended, and what it had written by then is in `stdout` and `stderr`. */
  readonly exited: Promise<Exit>;
  /** Set when `exited` resolves. */
  exit: Exit | undefined;
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  /** All descendants seen so far. */
  private readonly started = new Map<string, ProcessInfo>();

  /** Starts `command`; kills it and all its descendants at the end of `scope`. */
  constructor(scope: Scope, command: readonly string[], options: DaemonOptions = {}) {
    const [program, ...words] = withNews(command, options) as [string, ...string[]];
    this.child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: options.environment ?? process.env,
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const ended = new Promise<Exit>((resolve, reject) => {
      this.child.once('error', reject);
      // `exit`, not `close`: a process that outlives the daemon may keep the pipes open.
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.exited = ended.then(async (exit) => {
      await this.drained();
      return (this.exit = exit);
    });
    this.exited.catch(() => undefined);
    atEnd(scope, () => this.destroy(scope));
  }

  /** Each turn reads what is in the pipes. */
  private async drained(): Promise<void> {
    const length = (): number => this.stdout.length + this.stderr.length;
    for (let turns = 0, empty = 0; empty < EMPTY && turns < TURNS; turns++) {
      const before = length();
      await turn();
      empty = length() === before ? empty + 1 : 0;
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program could not be started');
    return this.child.pid;
  }

  /** The end of its output, for error messages. */
  get output(): string {
    return `--- stdout\n${tail(this.stdout)}\n--- stderr\n${tail(this.stderr)}`;
  }

  /** What runs of it, for error messages. */
  private get running(): string {
    return this.child.pid === undefined ? '' : describeProcesses(this.all());
  }

  /** Waits for a state that the daemon is to reach; rejects at once when it has ended. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    options: UntilOptions = {},
  ): Promise<void> {
    const detail = (): string => `${options.detail?.() ?? ''}\n${this.output}\n${this.running}`;
    const holdsOrEnded = async (): Promise<boolean> => {
      const ended = this.exit;
      if (await holds()) return true;
      if (ended) throw new Error(`ended (${JSON.stringify(ended)}) before: ${what}\n${detail()}`);
      return false;
    };
    await until(what, holdsOrEnded, { ...options, detail });
  }

  /** Waits until it has written `pattern` to stderr or stdout. */
  logged(pattern: RegExp, options?: UntilOptions): Promise<void> {
    return this.until(
      `output ${String(pattern)}`,
      () => pattern.test(this.stderr) || pattern.test(this.stdout),
      options,
    );
  }

  /** All its descendants that still run. */
  processes(): ProcessInfo[] {
    for (const process of descendants(this.pid))
      this.started.set(`${process.pid}:${process.started}`, process);
    return [...this.started.values()].filter(isRunning);
  }

  /** The roles, with all that belongs to them and that they have started. */
  roles(): ProcessInfo[] {
    return this.processes().filter(({ command }) => !command.endsWith('clsync-monitor'));
  }

  /** The process of this daemon whose command line matches. */
  find(pattern: RegExp): ProcessInfo | undefined {
    return this.processes().find((process) => pattern.test(process.command));
  }

  /** Sends a signal to the main process only. */
  signal(signal: NodeJS.Signals | number): void {
    this.processes();
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.signal(signal);
    await until('the end of the daemon', () => this.exit !== undefined, {
      detail: () => `${this.output}\n${this.running}`,
    });
    return this.exit as Exit;
  }

  /**
   * Waits until none of its processes is left; `marker` is text that only its processes have in
   * their command line, environment or working directory, such as a temporary directory.
   */
  async gone(marker: string): Promise<void> {
    const left = (): ProcessInfo[] => [...this.processes(), ...mentioning(marker)];
    await until('no process left of the daemon', () => left().length === 0, {
      detail: () => describeProcesses(left()),
    });
  }

  /** Itself and all its descendants that still run. */
  private all(): ProcessInfo[] {
    const main = this.exit === undefined ? readProcess(this.pid) : undefined;
    return [...(main ? [main] : []), ...this.processes()];
  }

  private async destroy(scope: Scope): Promise<void> {
    if (this.child.pid === undefined) return;
    if (scope.error) scope.diagnostic?.(`${this.output}\n${this.running}`);
    const main = this.exit === undefined ? readProcess(this.pid) : undefined;
    const all = this.processes();
    const monitor = all.find(({ command }) => command.includes('/clsync-monitor'));
    // When its master has ended, a monitor removes what the two have made, such as copies in /run.
    killAll([...all.filter(({ pid }) => pid === monitor?.parent), ...(main ? [main] : [])]);
    await this.exited;
    for (
      let tries = 0;
      monitor !== undefined && isRunning(monitor) && tries < MONITOR_TRIES;
      tries++
    )
      await delay(MONITOR_PAUSE);
    killAll([...all, ...this.processes()]);
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }
}

/** Tests wait for its news, which it writes to a pipe only if asked to. */
function withNews(command: readonly string[], { silent }: DaemonOptions): readonly string[] {
  const at = command.findIndex((word) => word.endsWith('/roles/master/main.js')) + 1;
  if (at === 0 || silent === true || command[at] === 'ctl') return command;
  return [...command.slice(0, at), '-v', ...command.slice(at)];
}

function tail(text: string, characters = 4000): string {
  return text.length > characters ? '...' + text.slice(-characters) : text;
}
