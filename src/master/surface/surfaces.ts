/** What users and other programs see of the daemon: its log, files, and news. */
import type { BytePath } from '../../shared/bytes.js';
import { absolute } from '../../shared/program-search.js';
import { isInBackground } from '../background.js';
import type { KeptFiles } from '../kept-files.js';
import type { Ledger } from '../ledger.js';
import type { Loaded } from '../settings/load.js';
import type { DaemonState } from '../state.js';
import { EventLog } from './event-log.js';
import type { LogEvent } from './journal.js';
import { openLog } from './log-file.js';
import type { Log } from './log.js';
import { MetricsFile } from './metrics-file.js';
import { newsLog } from './news-log.js';
import { Notifier } from './notify.js';
import { OwnFiles } from './own-files.js';
import { RoleOutput } from './role-output.js';
import type { InstanceStatus } from '../../shared/control-status.js';

/** What is said when a sync is over. */
const ENDS: ReadonlySet<LogEvent> = new Set(['synced', 'failed']);

export class Surfaces {
  readonly events = new EventLog();
  readonly output: RoleOutput;
  private readonly files: OwnFiles;
  private readonly metrics: MetricsFile | undefined;

  /**
   * @param directory relative paths of the options begin there
   * @param status with all details
   * Throws ClsyncError when a file cannot be opened.
   */
  constructor(
    { options }: Loaded,
    directory: BytePath,
    private readonly log: Log,
    private readonly kept: KeptFiles,
    status: () => InstanceStatus,
  ) {
    const here = (path: BytePath | undefined): BytePath | undefined =>
      path === undefined ? undefined : absolute(path, directory);
    const warn = (text: string): void => log.write('warning', text);
    this.files = new OwnFiles(here(options['pid-file']), here(options['status-file']), kept, warn);
    const metricsFile = here(options['metrics-file']);
    if (metricsFile !== undefined) this.metrics = new MetricsFile(metricsFile, kept, status, warn);
    const logFile = here(options['log-file']);
    if (logFile !== undefined) openLog(log, kept, logFile);
    this.output = new RoleOutput(log, {
      gathered: isInBackground() || log.hasFile || (log.output === 'syslog' && !options.compat),
      unchanged: options.compat,
    });
  }

  /** They are told what happens from now on. */
  follow(ledger: Ledger): void {
    const told = newsLog({
      write: (level, text, event) => {
        this.output.takeNow(event !== undefined && ENDS.has(event));
        this.log.write(level, text, event);
      },
      progress: (text) => this.log.progress(text),
    });
    const others = this.metrics === undefined ? [] : [this.metrics];
    const notifier = new Notifier(process.env);
    for (const { follow } of [{ follow: told }, this.files, notifier, this.events, ...others])
      ledger.subscribe(follow);
  }

  /** Writes the files. Throws ClsyncError. */
  write(state: DaemonState): void {
    this.files.write(state);
    this.metrics?.write();
  }

  /** Writes files again that others have removed. */
  restore(): void {
    this.files.restore();
    this.metrics?.restore();
  }

  remove(): void {
    this.files.remove();
    this.metrics?.remove();
    this.kept.close();
  }
}
