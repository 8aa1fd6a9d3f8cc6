/**
 * `clsync ctl flush`: says when everything that changed before the call is at the destination, or
 * what is not. The watcher first tells all that the kernel has reported (`quiet`); from then on
 * what is pending and older than that is waited for, and no delay holds it up.
 */
import type { BytePath } from '../shared/bytes.js';
import { isBeneath } from '../shared/bytes.js';
import { JUST_NOW, isRecursive } from '../shared/entry.js';
import type { Entry } from '../shared/entry.js';
import { inWords } from './schedule/naming.js';

/** The rest of the executor, as a flush needs it. */
export interface FlushContext {
  quiet(): Promise<void>;
  now(): number;
  /** All that waits or is in hand. */
  pending(): Iterable<Entry>;
  /** Whether the entry has failed, and nothing is tried for it now. */
  isFailing(entry: Entry): boolean;
  /** Why nothing is synced, and will not be by waiting; undefined: it is. */
  pause(): string | undefined;
  /** Why the last sync failed, if no other one has begun since; undefined: it has not. */
  failure(): string | undefined;
  /** Deletions that are held, in words; undefined: none. */
  held(): { readonly paths: number; readonly reason: string } | undefined;
  /** Whether no delay is to hold up what is pending, from now on. */
  hurry(isUrgent: boolean): void;
  /** @param left number of paths that are not at the destination @param text which, and why */
  answer(serial: number, left: number, text: string): void;
}

interface Flush {
  readonly serial: number;
  /** What has changed up to then is waited for; undefined: the watcher has not told all of it. */
  at: number | undefined;
  /** To be synced once more, because of syncs side by side; undefined: not known yet. */
  again: Set<BytePath> | undefined;
  readonly timer: NodeJS.Timeout;
}

export class Flushes {
  private readonly waiting = new Set<Flush>();

  constructor(private readonly around: FlushContext) {}

  /** @param limit milliseconds after which it says what is left */
  async begin(serial: number, limit: number): Promise<void> {
    const timer = setTimeout(() => this.say(flush, 'the time is over'), limit);
    const flush: Flush = { serial, at: undefined, again: undefined, timer };
    this.waiting.add(flush);
    this.around.hurry(true);
    await this.around.quiet();
    flush.at = this.around.now();
    // Also what has come meanwhile.
    if (this.waiting.has(flush)) this.around.hurry(true);
    this.look([], false);
  }

  /** To be called when a sync has ended. @param settled what is synced now */
  look(settled: readonly Entry[], tried = true): void {
    for (const flush of this.waiting) this.lookAt(flush, settled, tried);
  }

  private lookAt(flush: Flush, settled: readonly Entry[], tried: boolean): void {
    if (flush.at === undefined) return;
    const left = this.leftOf(flush, settled);
    if (left.length === 0) return this.done(flush);
    const obstacle = this.around.pause() ?? (tried ? this.around.failure() : undefined);
    if (obstacle !== undefined) return this.say(flush, obstacle);
    if (tried && left.every((entry) => this.around.isFailing(entry))) this.say(flush, 'they fail');
  }

  private leftOf(flush: Flush, settled: readonly Entry[]): Entry[] {
    const pending = [...this.around.pending()];
    const older = pending.filter(({ since }) => since <= (flush.at ?? Infinity));
    if (older.length > 0) return older;
    flush.again ??= new Set(
      pending.filter(({ since }) => since === JUST_NOW).map(({ path }) => path),
    );
    const { again } = flush;
    if (again.size === 0) return [];
    const whole = new Set(settled.filter(isRecursive).map(({ path }) => path));
    for (const { path } of settled) again.delete(path);
    for (const path of again) if (isBeneath(path, whole)) again.delete(path);
    return pending.filter(({ path }) => again.has(path));
  }

  private done(flush: Flush): void {
    const held = this.around.held();
    if (held === undefined) this.end(flush, 0, '');
    else
      this.end(
        flush,
        held.paths,
        `deletions are held: ${held.reason}; clsync ctl approve lets them go`,
      );
  }

  private say(flush: Flush, why: string): void {
    if (flush.at === undefined)
      return this.end(flush, 1, `${why}: not all changes have been looked at`);
    const left = this.leftOf(flush, []);
    this.end(flush, Math.max(1, left.length), `${why}: ${inWords(left)}`);
  }

  private end(flush: Flush, left: number, text: string): void {
    clearTimeout(flush.timer);
    this.waiting.delete(flush);
    if (this.waiting.size === 0) this.around.hurry(false);
    this.around.answer(flush.serial, left, text);
  }
}
