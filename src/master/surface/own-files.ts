/** The files that follow the state of the daemon: those of pid, status and metrics. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { KeptFiles } from '../kept-files.js';
import type { Listener } from '../ledger.js';
import type { DaemonState } from '../state.js';
import { StateFile } from './state-file.js';

export class OwnFiles {
  private readonly pidFile: StateFile | undefined;
  private readonly statusFile: StateFile | undefined;
  private warned = '';

  /**
   * Paths are absolute; undefined: the file is not wanted. `warn` is called once for each file that
   * fails later. Throws ClsyncError when a file cannot be made.
   */
  constructor(
    pidFile: BytePath | undefined,
    statusFile: BytePath | undefined,
    files: KeptFiles,
    private readonly warn: (text: string) => void,
  ) {
    this.pidFile = pidFile && new StateFile(pidFile, '--pid-file', files);
    this.statusFile = statusFile && new StateFile(statusFile, '--status-file', files);
  }

  /**
   * Writes both files at the start. Throws ClsyncError when a file cannot be written, or another
   * instance has it.
   */
  write({ status }: DaemonState): void {
    this.pidFile?.write(String(process.pid));
    this.attempt(() => this.statusFile?.write(status));
  }

  /**
   * Writes each change of the status to the status file, before the sender of the news continues.
   */
  readonly follow: Listener = (_, { status }, before) => {
    if (status !== before.status) this.attempt(() => this.statusFile?.write(status));
  };

  /** Writes removed files again. */
  restore(): void {
    for (const file of [this.pidFile, this.statusFile]) this.attempt(() => file?.restore());
  }

  remove(): void {
    this.pidFile?.remove();
    this.statusFile?.remove();
  }

  /** Turns errors into warnings: the daemon runs on without its files. */
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
