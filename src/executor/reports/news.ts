/** What the executor tells the master of syncs, failures, held deletions and what is pending. */
import type { BytePath } from '../../shared/bytes.js';
import type { Channel } from '../../shared/channel.js';
import { monotonic } from '../../shared/clock.js';
import type { Batch, Entry } from '../../shared/entry.js';
import { ClsyncError } from '../../shared/errors.js';
import { handOver, piecesOf } from '../../shared/pieces.js';
import type { Report } from '../../shared/report.js';
import type { DaemonStatus } from '../../shared/settings.js';
import type { Holding } from '../deletions/holding.js';
import type { Backlog } from '../schedule/backlog.js';
import type { FailedSync } from '../schedule/context.js';
import { listed } from '../schedule/naming.js';
import { describeState } from './dump.js';
import { Figures } from './figures.js';
import { pendingRows } from './pending-rows.js';

export class News {
  readonly figures = new Figures();
  /** Why the last failed sync failed. */
  lastReason = '';
  /** Why deletions are held, as it was said last. */
  private saidHeld = '';

  constructor(
    private readonly master: Channel,
    private readonly backlog: Backlog,
    private readonly report: Report,
  ) {}

  /** @param milliseconds duration of the sync @param initial it ends the initial sync */
  synced(paths: number, milliseconds: number, initial: boolean, entries: readonly Entry[]): void {
    this.master.send('synced', {
      paths,
      milliseconds,
      initial: initial ? 1 : 0,
      names: listed(entries),
      ...this.figures.of(entries, monotonic()),
    });
  }

  failed({ entries, reason, next = 0, apart }: FailedSync): void {
    this.lastReason = reason;
    this.master.send('failed', {
      paths: entries.length,
      text: reason,
      names: listed(entries),
      next: Math.round(next),
      apart: apart ? 1 : 0,
    });
  }

  held(holding: Holding): void {
    const { paths, reason } = holding;
    this.master.send('held', { ...holding });
    if (reason !== this.saidHeld)
      if (paths > 0) this.report('error', new ClsyncError('DELETIONS_HELD', reason).message);
      else this.report('info', 'deletions are no longer held');
    this.saidHeld = reason;
  }

  /** Says what came with a batch. @param before the size of the backlog before it */
  batch({ changes, refused, released }: Batch, before: number): void {
    const rules = refused.length + released.length;
    this.report(
      'debug4',
      `watcher to executor: batch of ${changes.length} changes` +
        (rules === 0 ? '' : `, ${refused.length} refused, ${released.length} released`),
    );
    const joined = changes.length - (this.backlog.size - before);
    if (joined > 0) this.report('debug2', `${joined} of ${changes.length} changes joined others`);
  }

  /** Answers with `pendingRows`. */
  pending(serial: number, under: BytePath, triesOf: (path: BytePath) => number): void {
    const rows = pendingRows(this.backlog, under, monotonic(), triesOf);
    const lines = [...rows].map((row) => `${JSON.stringify(row)}\n`);
    const pieces = [...piecesOf('pending', lines)];
    for (const [index, { text }] of pieces.entries()) {
      const last = index === pieces.length - 1 ? 1 : 0;
      this.master.send('pendingRows', { serial, rows: text, last });
    }
  }

  /** Sends the dump; resolves when all of it has been sent. */
  describe(status: DaemonStatus): Promise<void> {
    const { master } = this;
    return handOver(describeState(status, this.backlog), {
      send: (piece) => master.send('dump', piece),
      drained: () => master.drained(),
    });
  }
}
