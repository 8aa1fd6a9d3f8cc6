/** Says once of a big file that it waits, and until when. */
import type { BytePath } from '../../shared/bytes.js';
import { display } from '../../shared/bytes.js';
import { EntryFlag } from '../../shared/entry.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { Backlog, Delays } from './backlog.js';

/** Most files that are named while they wait. */
const NAMED = 100;

export class BigFiles {
  private readonly said = new Set<BytePath>();

  constructor(
    private readonly backlog: Pick<Backlog, 'entriesOf'>,
    private readonly delays: () => Delays,
    private readonly report: Report,
    private readonly wall: () => number = Date.now,
  ) {}

  /** To be called when the entry was added to the backlog. @param now of its clock */
  added({ path, flags }: Entry, now: number): void {
    const { normal, big } = this.delays();
    if (!(flags & EntryFlag.big) || big <= normal) return;
    if (this.said.has(path) || this.said.size >= NAMED) return;
    let since = now;
    let isThere = false;
    for (const entry of this.backlog.entriesOf('big')) {
      since = Math.min(since, entry.since);
      isThere ||= entry.path === path;
    }
    if (!isThere) return;
    this.said.add(path);
    const until = new Date(this.wall() + since + big - now).toTimeString().slice(0, 8);
    this.report(
      'info',
      `big file "${display(path)}" waits until ${until} (--delay-collect-bigfile)`,
    );
  }

  /** These are no longer waiting. */
  settled(entries: readonly Entry[]): void {
    if (this.said.size === 0) return;
    for (const { path } of entries) this.said.delete(path);
  }
}
