/**
 * Lines on their way to where they may have to wait: never more than so much, and what did not fit
 * is counted and said.
 */

/** Takes a line without waiting; false: not now. */
export type Outlet = (line: string) => boolean;

/** Characters that wait at most. */
export const WAITING_MAX = 1 << 20;
/** Milliseconds until what waits is tried again; doubles while nothing is taken. */
const PAUSE = { first: 1, longest: 128 } as const;

export class LogBuffer {
  private readonly waiting: string[] = [];
  /** Characters of those. */
  private length = 0;
  private dropped = 0;
  private pause: number = PAUSE.first;
  private timer: NodeJS.Timeout | undefined;

  /** `notice`: the line that says how many were dropped. */
  constructor(
    private readonly outlet: Outlet,
    private readonly notice: (dropped: number) => string,
  ) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  push(line: string): void {
    if (this.isEmpty && this.outlet(line)) return;
    if (this.length + line.length > WAITING_MAX) this.dropped++;
    else this.keep(line);
    this.timer ??= setTimeout(() => this.again(), this.pause).unref();
  }

  /** Hands on what can be. Returns whether that was anything. */
  drain(): boolean {
    const found = this.waiting.findIndex((line) => !this.outlet(line));
    const taken = this.waiting.splice(0, found < 0 ? this.waiting.length : found);
    for (const line of taken) this.length -= line.length;
    if (!this.isEmpty || this.dropped === 0) return taken.length > 0;
    this.keep(this.notice(this.dropped));
    this.dropped = 0;
    return this.drain() || taken.length > 0;
  }

  private keep(line: string): void {
    this.waiting.push(line);
    this.length += line.length;
  }

  private again(): void {
    this.pause = this.drain() ? PAUSE.first : Math.min(this.pause * 2, PAUSE.longest);
    this.timer = this.isEmpty ? undefined : setTimeout(() => this.again(), this.pause).unref();
  }
}
