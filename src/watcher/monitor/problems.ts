/**
 * Reports lost and merged events, and problems with single directories: each of these once. Counts
 * the directories beyond the watch limit.
 */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { display } from '../../shared/bytes.js';
import type { MonitorRow } from '../../shared/monitors.js';
import type { Report } from '../../shared/report.js';
import { Problem } from './findings.js';
import type { Finding } from './findings.js';

/** Most problems that are reported: bounds memory and the log. */
const MOST = 1000;

export class Problems {
  private readonly told = new Set<string>();
  private unwatched = 0;

  constructor(
    private readonly report: Report,
    private readonly limits: MonitorRow['limits'],
  ) {}

  overflowed(): void {
    this.report(
      'warning',
      "the kernel's event queue overflowed: everything is looked at again " +
        `(${this.limits.events} makes it larger)`,
    );
  }

  /** The sequence of mode `simple` became too long. */
  fellBack(): void {
    this.report(
      'warning',
      'events came faster than they could be handed over one by one: the same events for ' +
        'the same path were merged',
    );
  }

  /**
   * Whether a directory could not be watched because the user has no more watches (inotify(7),
   * max_user_watches).
   */
  get watchLimitReached(): boolean {
    return this.unwatched > 0;
  }

  /** Returns whether a later walk must be planned, as a directory could not be watched. */
  note({ detail: problem, errno, path }: Finding): boolean {
    const limit = problem === Problem.watch && errno === constants.errno.ENOSPC;
    if (problem === Problem.watch && errno === constants.errno.ENOENT) return false;
    if (limit) {
      if (this.unwatched++ === 0)
        this.report(
          'error',
          `cannot watch ${display(path)}: the limit ${this.limits.directories} is reached; it is ` +
            'tried again from time to time',
        );
      return true;
    }
    const key = `${problem} ${path}`;
    if (!this.told.has(key) && this.told.size < MOST) {
      this.told.add(key);
      this.report('warning', wordsFor(problem, errno, display(path)));
    }
    return problem === Problem.watch;
  }

  forgetUnwatched(): void {
    this.unwatched = 0;
  }
}

function wordsFor(problem: number, errno: number, path: string): string {
  const reason = errno === 0 ? '' : ` (${getSystemErrorName(-errno)})`;
  switch (problem) {
    case Problem.pathTooLong:
      return (
        `a name in ${path} makes a path longer than PATH_MAX: what has such a path is not ` +
        'synced'
      );
    case Problem.watch:
      return `cannot watch ${path}${reason}`;
    default:
      return `cannot enter ${path}${reason}: what is in it is not watched`;
  }
}
