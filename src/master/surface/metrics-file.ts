/** The file of `--metrics-file`, which node_exporter's textfile collector reads. */
import type { BytePath } from '../../shared/bytes.js';
import { metricsOf, metricsText } from '../../shared/metrics.js';
import type { InstanceStatus } from '../../shared/control-status.js';
import { Soon } from '../../shared/soon.js';
import type { KeptFiles } from '../kept-files.js';
import type { Listener } from '../ledger.js';
import { StateFile } from './state-file.js';
import { Warnings } from './warnings.js';

/** Milliseconds: from a change until it is written, and without one until the file is. */
const SOON = 2000;
const IDLE = 60_000;

export class MetricsFile {
  private readonly file: StateFile;
  private readonly soon = new Soon(SOON, () => this.attempt());
  private idle: NodeJS.Timeout | undefined;
  private readonly warnings: Warnings;
  private isOver = false;

  /**
   * @param path absolute @param status what is written @param warn called once for each reason why
   * it cannot be. Throws ClsyncError when the file cannot be made.
   */
  constructor(
    path: BytePath,
    files: KeptFiles,
    private readonly status: () => InstanceStatus,
    warn: (text: string) => void,
  ) {
    this.warnings = new Warnings(warn);
    this.file = new StateFile(path, '--metrics-file', files);
    this.file.again = (attempt) => this.attempt(attempt);
  }

  /** Writes it at the start. Throws ClsyncError. */
  write(): void {
    this.idle ??= setInterval(() => this.attempt(), IDLE).unref();
    this.file.write(metricsText(metricsOf([this.status()])));
  }

  readonly follow: Listener = (_, state, before) => {
    if (state !== before && !this.isOver) this.soon.ask();
  };

  /** Writes it again where it was removed. */
  restore(): void {
    this.attempt(() => this.file.restore());
  }

  remove(): void {
    this.isOver = true;
    clearInterval(this.idle);
    this.file.remove();
  }

  /** The daemon runs on without it. */
  private attempt(action = () => this.write()): void {
    if (this.isOver) return;
    this.idle?.refresh();
    this.warnings.attempt(action);
  }
}
