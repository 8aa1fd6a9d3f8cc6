/**
 * Runs that come before a run with rsync's quick check. Files whose content may differ although
 * size and time are the same are compared by content; files with holes are written with holes;
 * objects that share an inode only at the destination are replaced. Each has a list of its own:
 * comparing every file by content would take hours, and `--sparse` writes in small pieces.
 *
 * A file is doubtful when the change time of its inode, which no program can set, is later than
 * that of its copy: a copy is made after its source, so its change time is later until the source
 * changes. On another host the copy's time cannot be read; there, a file is doubtful when it
 * changed since the last sync of the whole tree.
 */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { ROOT, join, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { earliest } from '../../../shared/clock.js';
import type { Moment } from '../../../shared/clock.js';
import { IN } from '../../../shared/inotify-mask.js';
import { compare, noAnswer } from '../../lists/comparison.js';
import type { Answer, NamedFile } from '../../lists/comparison.js';
import { isWhole } from '../../lists/files-from.js';
import type { Located } from '../../lists/files-from.js';
import { removeTied } from '../../lists/tied.js';
import { words } from '../../run/runner.js';
import { ENDED } from '../failure.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import { closedTo } from '../closed.js';
import type { Closed } from '../closed.js';
import type { Rsync } from './run.js';

/**
 * Compares contents, so that an equal file is not written again: a daemon that mirrors in the other
 * direction would take that for a change.
 */
export const REREADING = words('--checksum');
export const KEEPING_HOLES = words('--sparse');
/** Replaces a file even if it is equal. */
export const REMAKING = words('--ignore-times');
const LISTED = words('--ignore-missing-args');
/** Every option that such a run may have. */
export const AHEAD = [...REREADING, ...KEEPING_HOLES, ...REMAKING, ...LISTED];

export class Ahead {
  /**
   * When the last sync of the whole tree began. A remote copy of a file that has not changed since
   * is taken to be right.
   */
  private since: Moment | undefined;

  constructor(
    private readonly services: Services,
    private readonly rsync: Rsync,
  ) {}

  /** @param more options of the run that follows */
  async run(
    items: readonly Located[],
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const whole = items.filter(isWhole);
    const tied = items.filter((item) => item.tied === true);
    if (whole.length + tied.length === 0) return undefined;
    const answer =
      whole.length > 0
        ? await compare(
            this.question(whole, closedTo(this.services, situation)),
            this.services.ending,
          )
        : noAnswer();
    for (const { path, status } of tied)
      (status?.kind === 'file' ? answer.tiedFiles : answer.tiedOthers).push({
        path,
        links: status?.links ?? 0,
      });
    if (this.services.ending()) return ENDED;
    const failure = await this.list(answer, more, situation);
    if (failure === undefined)
      this.settle([...answer.doubtful.map(({ path }) => path), ...answer.suspect]);
    return failure;
  }

  /** To be called when a sync of the whole tree succeeded. @param began when it began */
  wholeSynced(began: Moment): void {
    this.since = began;
  }

  private question(whole: readonly Located[], closed: Closed): Parameters<typeof compare>[0] {
    const { watchDirectory, oneFileSystem } = this.services.settings();
    return {
      source: watchDirectory,
      destination: this.rsync.local,
      times: this.rsync.times,
      oneFileSystem,
      since: whole.some(({ path }) => path === ROOT) ? this.since && earliest(this.since) : 0,
      skipped: [...closed.all, ...closed.contents].filter((path) => path !== ROOT),
      asked: 'files',
      directories: whole.map(({ path, entry }) => ({
        path,
        moved: (entry.mask & IN.MOVED_TO) !== 0,
      })),
    };
  }

  private async list(
    { doubtful, sparse, tiedFiles, tiedOthers }: Answer,
    more: readonly BytePath[],
    situation: Situation,
  ): Promise<Failure | undefined> {
    const admitted = (files: readonly NamedFile[]): BytePath[] =>
      files.map(({ path }) => path).filter((path) => !this.services.refused.covers(path));
    const { local } = this.rsync;
    if (local !== undefined) removeTied(local, admitted(tiedOthers));
    const holes = new Set(admitted(sparse));
    const remade = new Set(admitted(tiedFiles));
    // A run that compares every content anyway needs no such run before it.
    const read = new Set(more.includes(REREADING[0] as BytePath) ? [] : admitted(doubtful));
    const lists = new Map<
      string,
      { readonly options: readonly BytePath[]; readonly files: BytePath[] }
    >();
    for (const path of new Set([...holes, ...remade, ...read])) {
      const options = [
        ...(holes.has(path) ? KEEPING_HOLES : []),
        ...(remade.has(path) ? REMAKING : read.has(path) ? REREADING : []),
      ];
      const key = options.join(' ');
      const list = lists.get(key) ?? { options, files: [] };
      lists.set(key, list);
      list.files.push(`./${path}` as BytePath);
    }
    for (const { options, files } of lists.values()) {
      const failure = await this.rsync.run(
        { options: [...LISTED, ...options], input: '--files-from', files, excludes: [] },
        situation,
      );
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /**
   * A copy that was found equal was not written, so its change time is still old. It is updated, so
   * that the file is not compared again at every start.
   */
  private settle(paths: readonly BytePath[]): void {
    const { local } = this.rsync;
    if (local !== undefined) for (const path of paths) touchChangeTime(join(local, path));
  }
}

/**
 * Updates the change time by setting the mode it already has. When that fails, the file is only
 * compared again.
 */
function touchChangeTime(path: BytePath): void {
  try {
    const stats = lstatSync(toBuffer(path));
    if (!stats.isFile() && !stats.isDirectory()) return;
    const descriptor = openSync(
      toBuffer(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      fchmodSync(descriptor, fstatSync(descriptor).mode & 0o7777);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // absent, or no permission
  }
}
