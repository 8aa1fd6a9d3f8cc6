/**
 * Files that were synced so soon after a change that another change could have the same time
 * (st_ctim): what is marked is in doubt. Some ticks later it is known, as events would have told of
 * another change.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ObjectType, isRecursive } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import { TICK } from '../../shared/file-clock.js';
import { Kind } from './records.js';
import type { Row } from './rows.js';
import type { Store } from './store.js';
import type { Surroundings } from './surroundings.js';

/** Most paths in doubt; others stay so, which means one more sync. */
const MOST = 100_000;

interface Doubt<T> {
  readonly what: T;
  /** Milliseconds of `performance.now`. */
  readonly since: number;
}

export class Certainty {
  private readonly paths = new Map<BytePath, Doubt<Row>>();
  /** By the number of the walk: where it began. */
  private readonly walks = new Map<number, Doubt<BytePath>>();
  private timer: NodeJS.Timeout | undefined;

  /** @param quiet resolves when the changes of all events up to now have been told */
  constructor(
    private readonly store: Pick<Store, 'attempt' | 'marks' | 'flush'>,
    private readonly surroundings: Pick<Surroundings, 'keep'>,
    private readonly quiet: () => Promise<void>,
  ) {}

  doubt(path: BytePath, row: Row): void {
    if (this.paths.size >= MOST) return;
    this.paths.set(path, { what: row, since: performance.now() });
    this.plan();
  }

  doubtWalk(walk: number, top: BytePath): void {
    this.walks.set(walk, { what: top, since: performance.now() });
    this.plan();
  }

  /** Something has changed there, or is synced anew: what was marked is not what is known now. */
  changed(changes: readonly Entry[]): void {
    if (this.paths.size + this.walks.size === 0) return;
    for (const entry of changes) {
      const { path } = entry;
      this.paths.delete(path);
      if (isRecursive(entry) || entry.after === ObjectType.absent)
        for (const one of this.paths.keys()) if (isWithin(one, path)) this.paths.delete(one);
      for (const [walk, { what }] of this.walks)
        if (isWithin(path, what) || (isRecursive(entry) && isWithin(what, path)))
          this.walks.delete(walk);
    }
  }

  private plan(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.now().then(() => {
        if (this.paths.size + this.walks.size > 0) this.plan();
      });
    }, 2 * TICK).unref();
  }

  /** Ends the doubts there are, as far as nothing changes. */
  async now(): Promise<void> {
    const { paths, walks } = this;
    const doubts = [...paths];
    const doubtedWalks = [...walks];
    const times = [...doubts, ...doubtedWalks].map(([, { since }]) => since);
    const latest = times.reduce((last, since) => Math.max(last, since), 0);
    if (latest === 0) return;
    const left = latest + TICK - performance.now();
    if (left > 0) await delay(left);
    await this.quiet();
    this.store.attempt(() => {
      for (const [path, doubt] of doubts) {
        if (paths.get(path) !== doubt) continue;
        paths.delete(path);
        this.store.marks.write(Kind.set, { path, rows: doubt.what });
        this.surroundings.keep(path, this.store.marks);
      }
      for (const [walk, doubt] of doubtedWalks) {
        if (walks.get(walk) !== doubt) continue;
        walks.delete(walk);
        this.store.marks.write(Kind.certain, { walk });
      }
      this.store.flush();
    });
  }
}
