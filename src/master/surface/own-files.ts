/** The pid file and the status file, which follow the state of the daemon. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Listener } from '../ledger.js';
import type { DaemonState } from '../state.js';
import { StateFile } from './state-file.js';

export class OwnFiles {
  private readonly pidFile: StateFile | undefined;
  private readonly statusFile: StateFile | undefined;
  private warned = '';

  /**
   * Absolute paths; undefined: no such file. `warn` is told what is wrong with one later, once.
   * Throws ClsyncError when there can be no such file.
   */
  constructor(
    pidFile: BytePath | undefined,
    statusFile: BytePath | undefined,
    private readonly warn: (text: string) => void,
  ) {
    this.pidFile = pidFile === undefined ? undefined : new StateFile(pidFile, '--pid-file');
    this.statusFile =
      statusFile === undefined ? undefined : new StateFile(statusFile, '--status-file');
  }

  /** Throws ClsyncError when the pid file cannot be written, or is another instance's. */
  write({ status }: DaemonState): void {
    this.pidFile?.write(String(process.pid));
    this.attempt(() => this.statusFile?.write(status));
  }

  /** The status file is written before whoever told the news goes on. */
  readonly follow: Listener = (_, { status }, before) => {
    if (status !== before.status) this.attempt(() => this.statusFile?.write(status));
  };

  /** Writes again what someone has removed. */
  restore(): void {
    for (const file of [this.pidFile, this.statusFile]) this.attempt(() => file?.restore());
  }

  remove(): void {
    this.pidFile?.remove();
    this.statusFile?.remove();
  }

  /** The daemon does not depend on its files. */
  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      if (error.message !== this.warned) this.warn(error.message);
      this.warned = error.message;
    }
  }
}
