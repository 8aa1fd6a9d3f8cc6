/** The files that follow the state of the daemon: those of pid and status. */
import type { BytePath } from '../../shared/bytes.js';
import type { KeptFiles } from '../kept-files.js';
import type { Listener } from '../ledger.js';
import type { DaemonState } from '../state.js';
import { StateFile } from './state-file.js';
import { Warnings } from './warnings.js';

export class OwnFiles {
  private readonly pidFile: StateFile | undefined;
  private readonly statusFile: StateFile | undefined;
  private readonly warnings: Warnings;

  /**
   * Paths are absolute; undefined: the file is not wanted. `warn` is called once for each file that
   * fails later. Throws ClsyncError when a file cannot be made.
   */
  constructor(
    pidFile: BytePath | undefined,
    statusFile: BytePath | undefined,
    files: KeptFiles,
    warn: (text: string) => void,
  ) {
    this.warnings = new Warnings(warn);
    this.pidFile = pidFile && new StateFile(pidFile, '--pid-file', files);
    this.statusFile = statusFile && new StateFile(statusFile, '--status-file', files);
    for (const file of [this.pidFile, this.statusFile])
      if (file !== undefined) file.again = (attempt) => this.warnings.attempt(attempt);
  }

  /**
   * Writes both files at the start. Throws ClsyncError when a file cannot be written, or another
   * instance has it.
   */
  write({ status }: DaemonState): void {
    this.pidFile?.write(String(process.pid));
    this.warnings.attempt(() => this.statusFile?.write(status));
  }

  /**
   * Writes each change of the status to the status file, before the sender of the news continues.
   */
  readonly follow: Listener = (_, { status }, before) => {
    if (status !== before.status) this.warnings.attempt(() => this.statusFile?.write(status));
  };

  /** Writes removed files again. */
  restore(): void {
    for (const file of [this.pidFile, this.statusFile])
      this.warnings.attempt(() => file?.restore());
  }

  remove(): void {
    this.pidFile?.remove();
    this.statusFile?.remove();
  }
}
