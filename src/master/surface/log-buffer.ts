/**
 * Buffers lines for an output that may not take them now. The buffer is bounded; lines that do not
 * fit are counted and the number is reported.
 */

/** A whole line, or bytes as they came. */
export type Piece = string | Buffer;

/** Takes a piece without blocking. Returns false when it cannot take it now. */
export type Outlet = (piece: Piece) => boolean;

/** The most characters that wait. */
export const WAITING_MAX = 1 << 20;
/** Milliseconds until the waiting lines are tried again; doubles while none is taken. */
const PAUSE = { first: 1, longest: 128 } as const;

export class LogBuffer {
  private readonly waiting: Piece[] = [];
  /** Characters in `waiting`. */
  private length = 0;
  private dropped = 0;
  private pause: number = PAUSE.first;
  private timer: NodeJS.Timeout | undefined;
  private readonly whenEmpty: (() => void)[] = [];

  /** `notice` makes the line that reports the number of dropped lines. */
  constructor(
    private readonly outlet: Outlet,
    private readonly notice: (dropped: number) => string,
  ) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Whether so much waits that what can wait elsewhere should. */
  get isCrowded(): boolean {
    return this.length > WAITING_MAX / 2;
  }

  /** Calls `action` once nothing waits. */
  whenTaken(action: () => void): void {
    this.whenEmpty.push(action);
  }

  push(line: Piece): void {
    if (this.isEmpty && this.outlet(line)) return;
    if (this.length + line.length > WAITING_MAX) this.dropped++;
    else this.keep(line);
    this.timer ??= setTimeout(() => this.again(), this.pause).unref();
  }

  /** Passes on as many lines as the output takes. Returns whether it took any. */
  drain(): boolean {
    const found = this.waiting.findIndex((line) => !this.outlet(line));
    const taken = this.waiting.splice(0, found < 0 ? this.waiting.length : found);
    for (const line of taken) this.length -= line.length;
    if (!this.isEmpty || this.dropped === 0) return taken.length > 0;
    this.keep(this.notice(this.dropped));
    this.dropped = 0;
    return this.drain() || taken.length > 0;
  }

  private keep(line: Piece): void {
    this.waiting.push(line);
    this.length += line.length;
  }

  private again(): void {
    this.pause = this.drain() ? PAUSE.first : Math.min(this.pause * 2, PAUSE.longest);
    this.timer = this.isEmpty ? undefined : setTimeout(() => this.again(), this.pause).unref();
    if (this.isEmpty) for (const action of this.whenEmpty.splice(0)) action();
  }
}
