/** `clsync ctl` to a daemon under test. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { commandOf } from './programs.js';
import { PATIENCE, until } from './until.js';

export interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Ctl {
  /** @param socket its path, relative to `base` */
  constructor(
    private readonly base: string,
    private readonly socket = 'socket',
  ) {}

  ask(...words: readonly string[]): Told {
    const [program, ...rest] = this.command(words);
    const { status, stdout, stderr } = spawnSync(program as string, rest, {
      cwd: this.base,
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    return { status, stdout, stderr };
  }

  /** Its answer as JSON. */
  told(...words: readonly string[]): unknown {
    const { status, stdout, stderr } = this.ask('--json', ...words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stderr}`);
    return JSON.parse(stdout) as unknown;
  }

  /** Rejects what fails. */
  order(...words: readonly string[]): void {
    const { status, stderr } = this.ask(...words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stderr}`);
  }

  /** The paths that are pending. */
  pending(): string[] {
    const lines = this.ask('--json', 'queue').stdout.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { readonly path: string }).path);
  }

  /**
   * Makes a change while nothing is synced, until these paths are pending: then one sync has all of
   * them, however long this process or the daemon is kept from running meanwhile.
   */
  async together(paths: readonly string[], change: () => void): Promise<void> {
    this.order('pause');
    change();
    let pending: readonly string[] = [];
    const arePending = (): boolean => {
      pending = this.pending();
      return paths.every((path) => pending.includes(path));
    };
    await until(`${paths.join(', ')} to be pending`, arePending, {
      every: 200,
      detail: () => `there are ${pending.join(', ')}`,
    });
    this.order('resume');
  }

  start(...words: readonly string[]): ChildProcess {
    const [program, ...rest] = this.command(words);
    return spawn(program as string, rest, { cwd: this.base, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  private command(words: readonly string[]): readonly string[] {
    return [...commandOf('clsync'), 'ctl', `--socket=${this.socket}`, ...words];
  }
}
