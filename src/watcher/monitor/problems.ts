/**
 * Reports lost and merged events, problems with single directories, each of these once, and how
 * many directories have no watch.
 */
import { ClsyncError } from '../../shared/errors.js';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EVERYWHERE } from '../../shared/monitors.js';
import type { MonitorRow } from '../../shared/monitors.js';
import type { Level, Report } from '../../shared/report.js';
import { errnoError, systemReason } from '../../shared/system-errors.js';
import { Problem } from './findings.js';
import type { Finding } from './findings.js';
import type { Monitor } from './monitor.js';

/** Most problems that are reported: bounds memory and the log. */
const MOST = 1000;

export class Problems {
  private readonly told = new Set<string>();
  private areUnwatched = false;

  constructor(
    private readonly report: Report,
    private readonly limits: MonitorRow['limits'],
    /** Milliseconds between two comparisons. */
    private readonly interval: number,
  ) {}

  overflowed(): void {
    const { events } = this.limits;
    this.report(
      'warning',
      events === undefined
        ? 'more happened at once than the watcher keeps: everything is looked at again'
        : "the kernel's event queue overflowed: everything is looked at again " +
            `(${events} makes it larger)`,
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

  note({ detail: problem, errno, path }: Finding): void {
    // What has gone meanwhile has an event; those beyond the limit are counted.
    const { ENOENT, ENOSPC } = constants.errno;
    if (problem === Problem.watch && (errno === ENOENT || errno === ENOSPC)) return;
    if (problem === Problem.silent) return this.silent(path);
    this.once(`${problem} ${path}`, wordsFor(problem, errno, display(path), this.interval));
  }

  /** The topmost directory of such a file system comes first. */
  private silent(path: BytePath): void {
    this.once(
      'silent',
      `${display(path) || 'the watch directory'} is in a file system that others change without ` +
        `events: it is compared every ${this.interval / 1000} s (--poll-interval), and so are ` +
        'other directories in such ones',
    );
  }

  /** Mounts that are left out, or watched in another way. */
  mounted({ refusedMounts, unmarked }: Pick<Monitor, 'refusedMounts' | 'unmarked'>): void {
    for (const { point, type } of unmarked)
      this.once(
        `mount ${type} ${point}`,
        `${display(point)} is in another file system (${type}): ${EVERYWHERE} watches it`,
        'info',
      );
    for (const point of refusedMounts)
      this.once(
        `mount ${point}`,
        `${display(point)} is a FUSE mount of another user and left out: ` +
          'its owner answers every system call in it, or does not (--allow-fuse enters it)',
      );
  }

  /** How many directories have no watch by now: said when there are some, and when none is left. */
  unwatched(count: number, directories: number): void {
    if (count > 0 === this.areUnwatched) return;
    this.areUnwatched = count > 0;
    if (!this.areUnwatched) return this.report('info', 'all directories are watched again');
    const { message } = new ClsyncError(
      'UNWATCHED',
      `${count} of ${directories}`,
      this.limits.directories,
      String(this.interval / 1000),
    );
    this.report('error', message);
  }

  private once(key: string, text: string, level: Level = 'warning'): void {
    if (this.told.has(key) || this.told.size >= MOST) return;
    this.told.add(key);
    this.report(level, text);
  }
}

function wordsFor(problem: number, errno: number, path: string, interval: number): string {
  const reason = errno === 0 ? '' : ` (${systemReason(errnoError(getSystemErrorName(-errno)))})`;
  switch (problem) {
    case Problem.pathTooLong:
      return (
        `a name in ${path} makes a path longer than PATH_MAX: what has such a path is not ` +
        'synced'
      );
    case Problem.list:
      return (
        `cannot read all of ${path || 'the watch directory'}${reason}: it is read again every ` +
        `${interval / 1000} s (--poll-interval)`
      );
    case Problem.watch:
      return `cannot watch ${path}${reason}`;
    default:
      return `cannot enter ${path}${reason}: what is in it is not watched`;
  }
}
