/** A daemon with several destinations. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { TestContext } from 'node:test';
import type { InstanceStatus } from '../../src/shared/control-status.js';
import { FILES } from '../../src/shared/layout.js';
import { Ctl } from './ctl.js';
import type { Daemon } from './daemon.js';
import { descendants } from './processes.js';
import type { ProcessInfo } from './processes.js';
import { startMirror } from './running-mirror.js';
import type { Running } from './running-mirror.js';
import { faults } from './schema.js';
import { subdirectory } from './temporary.js';

export const SCHEMA = JSON.parse(
  fs.readFileSync(`${FILES.root}docs/control.schema.json`, 'utf8'),
) as {
  readonly $defs: Readonly<Record<string, object>>;
};

/** `source` with the copies `destination` and others. */
export class Several {
  readonly ctl: Ctl;

  private constructor(
    readonly base: string,
    readonly daemon: Daemon,
    private readonly running: Running,
  ) {
    this.ctl = new Ctl(base);
  }

  static async start(
    scope: TestContext,
    words: readonly string[],
    config = '',
    prepare: (base: string) => void = (at) => void subdirectory(at, 'other'),
  ): Promise<Several> {
    const running = await startMirror(
      scope,
      ['--socket=socket', ...words],
      {},
      { config },
      prepare,
    );
    return new Several(running.base, running.daemon, running);
  }

  /** Ends it, and starts it once more. */
  async again(before: () => void = () => undefined): Promise<Several> {
    await this.daemon.stop();
    before();
    const running = this.running.again();
    await running.daemon.logged(/other: initial sync done/);
    return new Several(running.base, running.daemon, running);
  }

  get status(): InstanceStatus {
    const status = this.ctl.told('status') as InstanceStatus;
    assert.deepEqual(faults(SCHEMA.$defs.status ?? {}, status), []);
    return status;
  }

  starts(role: string): number | undefined {
    return this.status.processes.find((one) => one.role === role)?.starts;
  }

  kill(role: string): void {
    process.kill(this.pidOf(role), 'SIGKILL');
  }

  /** What waits for its end goes on. */
  stop(role: string): void {
    const { pid } = descendants(this.pidOf(role)).find(({ command }) =>
      command.includes(FILES.executor),
    ) as ProcessInfo;
    process.kill(pid, 'SIGSTOP');
  }

  private pidOf(role: string): number {
    return this.status.processes.find((one) => one.role === role)?.pid ?? 0;
  }

  move(from: string, to: string): void {
    fs.renameSync(`${this.base}/${from}`, `${this.base}/${to}`);
  }

  /** Makes a file, and waits for it at these destinations. */
  async change(name: string, destinations: readonly string[]): Promise<void> {
    fs.writeFileSync(`${this.base}/source/${name}`, name);
    for (const at of destinations)
      await this.daemon.until(`${name} in ${at}`, () =>
        fs.existsSync(`${this.base}/${at}/${name}`),
      );
  }

  arrived(at: string, names: readonly string[]): Promise<void> {
    const all = (): boolean => names.every((name) => fs.existsSync(`${this.base}/${at}/${name}`));
    return this.daemon.until(`${names.join(' ')} in ${at}`, all);
  }
}
