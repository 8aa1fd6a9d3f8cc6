/**
 * A mirror with `--state-dir` of which processes are killed: the master, a role, the handler or all
 * of them. It is started again where it has ended, and finds its state whole each time.
 */
import { Mirror } from '../harness/mirror.js';
import { describeProcesses, isRunning, mentioning, readProcess } from '../harness/processes.js';
import type { ProcessInfo } from '../harness/processes.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import type { Random } from './random.js';

/** Which process is killed; those that run while nothing is synced stand for the others. */
const VICTIMS = [/master\/main\.js/, /watcher\/main\.js/, /executor\/main\.js/, /^\S*rsync /, /./];
/** Milliseconds. */
const PATIENCE = { timeout: 120_000, every: 250 };

export class KilledMirror {
  readonly base: string;
  mirror: Mirror;
  /** How often it was started again. */
  starts = 0;
  /** What those that have ended since the trees were equal have written. */
  private earlier: string[] = [];

  constructor(
    private readonly scope: Scope,
    private readonly random: Random,
    private readonly options: readonly string[],
  ) {
    this.base = temporaryDirectory(scope);
    this.mirror = this.start();
  }

  private start(): Mirror {
    const { base } = this;
    // The tree may become empty: deletions would wait for approval then.
    const options = ['--state-dir', `${base}/state`, '-r0', '-d2', '--max-delete=100%'];
    return new Mirror(this.scope, { base, options: [...options, ...this.options] });
  }

  /**
   * Kills a process of it, or all. Throws when the state was not whole.
   * @param whileDown is called where it is started again, before that
   */
  async kill(whileDown: () => void = () => undefined): Promise<void> {
    await killOne(this.mirror, this.random.pick(VICTIMS));
    if (this.mirror.daemon.exit === undefined) return;
    await until('nothing of it is left', () => this.processes().length === 0, {
      detail: () => describeProcesses(this.processes()),
    });
    whileDown();
    this.again();
  }

  private again(): void {
    this.starts++;
    this.earlier.push(this.mirror.daemon.stderr);
    this.mirror = this.start();
  }

  async equal(): Promise<void> {
    try {
      await this.mirror.equal(PATIENCE);
    } catch (error) {
      // One whose role was killed before it watched anything has not started.
      if (this.mirror.daemon.exit === undefined || /watching/.test(this.mirror.daemon.stderr))
        throw new Error(`${String(error)}\n--- those before it\n${this.earlier.join('\n---\n')}`);
      this.again();
      await this.mirror.equal(PATIENCE);
    }
    this.earlier = [];
  }

  /** Throws when a process of it is left then. */
  async stop(): Promise<void> {
    await this.mirror.daemon.stop('SIGQUIT');
    await this.mirror.daemon.gone(this.base);
  }

  private processes(): ProcessInfo[] {
    return mentioning(this.base).filter(({ command }) => !/writer\.js/.test(command));
  }
}

/** Kills it, or everything; and waits until it has ended. Throws when the state was not whole. */
async function killOne({ daemon }: Mirror, victim: RegExp): Promise<void> {
  if (/set aside|damaged|cannot be written/.test(daemon.stderr)) throw new Error(daemon.output);
  const master = readProcess(daemon.pid);
  const found = [...(master === undefined ? [] : [master]), ...daemon.processes()].filter(
    ({ command }) => victim.test(command),
  );
  const all = victim.source === '.' ? found : found.slice(0, 1);
  for (const { pid } of all) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has just ended
    }
  }
  await until('the end of what was killed', () => !all.some(isRunning), {
    detail: () => describeProcesses(all.filter(isRunning)),
  });
  if (all.some(({ pid }) => pid === daemon.pid)) await daemon.exited;
}
