/** What the daemon says of itself: messages, status file, pid file, service manager. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Payload } from '../../shared/messages.js';
import type { Level } from '../../shared/report.js';
import type { Status } from '../../shared/settings.js';
import type { Log } from './log.js';
import { Notifier } from './notify.js';
import { StateFile } from './state-file.js';

export class Announcer {
  private readonly notifier = new Notifier(process.env);
  private readonly pidFile: StateFile | undefined;
  private readonly statusFile: StateFile | undefined;
  private current: Status = 'starting';
  private told = '';
  private watcherCounters: Payload<'counters'> = {
    directories: 0,
    pending: 0,
    overflows: 0,
    rescans: 0,
  };
  private executorBacklog: Payload<'backlog'> = { waiting: 0, inHand: 0, failing: 0 };
  /** What to go back to once the new rules are in force. */
  private beforeRehash: Status | undefined;

  /** Absolute paths. Throws ClsyncError when there can be no such file. */
  constructor(
    private readonly log: Log,
    pidFile: BytePath | undefined,
    statusFile: BytePath | undefined,
  ) {
    this.pidFile = pidFile === undefined ? undefined : new StateFile(pidFile, '--pid-file');
    this.statusFile =
      statusFile === undefined ? undefined : new StateFile(statusFile, '--status-file');
  }

  starting(): void {
    this.pidFile?.write(String(process.pid));
    this.status('starting');
  }

  /** Writes the files again that someone has removed. */
  restore(): void {
    for (const file of [this.pidFile, this.statusFile]) this.attempt(() => file?.restore());
  }

  /** Takes back the files. */
  ended(): void {
    this.pidFile?.remove();
    this.statusFile?.remove();
  }

  record(level: Level, text: string): void {
    this.log.write(level, text);
  }

  watching(directories: number, milliseconds: number): void {
    this.log.write(
      'info',
      `watching ${count(directories, 'directory', 'directories')} (found in ${seconds(milliseconds)})`,
    );
    this.notifier.ready();
  }

  status(status: Status): void {
    if (this.beforeRehash !== undefined && status !== 'rehashing') this.beforeRehash = status;
    this.current = status;
    this.notifier.status(status);
    this.attempt(() => this.statusFile?.write(status));
  }

  /** The runtime collects its garbage by itself; scripts that look for this state find it. */
  tidy(): void {
    const before = this.current;
    this.status('thread gc');
    this.status(before);
  }

  progress(done: number, total: number): void {
    this.log.progress(total > 0 ? `initial sync ${done}/${total}` : `initial sync ${done}`);
  }

  synced({ paths, milliseconds, initial }: Payload<'synced'>): void {
    this.log.write(
      'info',
      initial === 1
        ? `initial sync done in ${seconds(milliseconds)}`
        : `synced ${count(paths, 'path', 'paths')} in ${seconds(milliseconds)}`,
    );
  }

  counters(counters: Payload<'counters'>): void {
    this.watcherCounters = counters;
    this.tellCounters();
  }

  backlog(backlog: Payload<'backlog'>): void {
    this.executorBacklog = backlog;
    this.tellCounters();
  }

  private tellCounters(): void {
    const { directories, pending, overflows, rescans } = this.watcherCounters;
    const { waiting, inHand, failing } = this.executorBacklog;
    const failed = failing > 0 ? ` (${failing} failing)` : '';
    const text = `${count(directories, 'directory', 'directories')}, ${pending + waiting + inHand} pending${failed}, ${count(overflows, 'overflow', 'overflows')}, ${count(rescans, 'rescan', 'rescans')}`;
    this.log.write('debug1', text);
    this.notifier.status(`${this.current}: ${text}`);
  }

  rehashing(): void {
    this.notifier.reloading();
    this.beforeRehash ??= this.current;
    this.status('rehashing');
  }

  rulesDone(): void {
    this.log.write('info', 'the new rules are in force');
    if (this.beforeRehash === undefined) return;
    const status = this.beforeRehash;
    this.beforeRehash = undefined;
    this.notifier.ready();
    this.status(status);
  }

  /** The daemon does not depend on its files; what is wrong with them is said once. */
  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      if (error.message !== this.told) this.log.write('warning', error.message);
      this.told = error.message;
    }
  }

  stopping(): void {
    this.notifier.stopping();
  }
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000
    ? `${(milliseconds / 1000).toFixed(2)} s`
    : `${Math.round(milliseconds / 1000)} s`;
}
