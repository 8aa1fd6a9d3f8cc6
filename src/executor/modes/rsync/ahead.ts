/**
 * What comes before a run that leaves directories to rsync's quick check: files whose content may
 * differ though size and time do not are compared by content, files with holes are written as such,
 * and what is tied to another name at the destination only is made anew. These are lists of their
 * own: to compare everything would take hours, and `--sparse` writes in small pieces.
 *
 * What is in doubt is told by the change time of the inode, which nobody can set: rsync makes a
 * copy, so the copy's is later than the source's, until the source changes. Where the copy cannot
 * be seen, on another host, what changed since the last sync of everything is.
 */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { ROOT, join, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
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
 * Contents are compared: what is equal is not written again, which another daemon that mirrors back
 * would take for a change.
 */
export const REREADING = words('--checksum');
export const KEEPING_HOLES = words('--sparse');
/** A file is made anew even if it is equal. */
export const REMAKING = words('--ignore-times');
const LISTED = words('--ignore-missing-args');
/** Every option that a run ahead may be given. */
export const AHEAD = [...REREADING, ...KEEPING_HOLES, ...REMAKING, ...LISTED];

export class Ahead {
  /**
   * When the last sync of everything began, milliseconds since the epoch: what a remote destination
   * has of before is taken for right.
   */
  private since: number | undefined;

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

  /** A sync of everything that began at this time (milliseconds since the epoch) has ended well. */
  wholeSynced(began: number): void {
    this.since = began;
  }

  private question(whole: readonly Located[], closed: Closed): Parameters<typeof compare>[0] {
    const { watchDirectory, oneFileSystem } = this.services.settings();
    return {
      source: watchDirectory,
      destination: this.rsync.local,
      times: this.rsync.times,
      oneFileSystem,
      since: whole.some(({ path }) => path === ROOT) ? this.since : 0,
      skipped: [...closed.all, ...closed.contents],
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
    // Where all is compared in the run that follows, nothing need be before.
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
   * What was compared and found equal has not been touched: its change time is moved on, or it
   * would be compared at every start.
   */
  private settle(paths: readonly BytePath[]): void {
    const { local } = this.rsync;
    if (local !== undefined) for (const path of paths) touchChangeTime(join(local, path));
  }
}

/** Sets the mode that is set. What cannot be opened is compared again, no more. */
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
    // gone, or not ours
  }
}
