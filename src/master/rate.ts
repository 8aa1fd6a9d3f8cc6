/** Limits how much comes from others: so much at once, and so much more each second. */

export interface Rate {
  readonly burst: number;
  readonly second: number;
}

/** Lines of others that go into the log or to the terminal. */
export const RATE = {
  lines: { burst: 100_000, second: 5_000 },
  bytes: { burst: 16 << 20, second: 1 << 20 },
} as const satisfies Readonly<Record<string, Rate>>;

/** Milliseconds that who sends too much waits for. */
export const SLOWER = 5;
/** Milliseconds until it is said how much is lost, so that a flood is one line. */
const NOTICE = 1000;

/** Counts what is lost, and tells of it after a while. */
export class Losses {
  private lost = 0;
  private notice: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (count: number) => void) {}

  add(): void {
    this.lost++;
    this.notice ??= setTimeout(() => this.tellNow(), NOTICE).unref();
  }

  /** Tells what has not been told yet. */
  tellNow(): void {
    clearTimeout(this.notice);
    this.notice = undefined;
    if (this.lost > 0) this.tell(this.lost);
    this.lost = 0;
  }
}

export class Allowance {
  private amount: number;
  private last: number;

  /** @param now in milliseconds */
  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.amount = rate.burst;
    this.last = now();
  }

  /** How much may come at present; less than 0: so much too much has come. */
  get left(): number {
    const now = this.now();
    this.amount = Math.min(
      this.rate.burst,
      this.amount + ((now - this.last) / 1000) * this.rate.second,
    );
    this.last = now;
    return this.amount;
  }

  /** Counts what has come. */
  take(amount: number): void {
    this.amount -= amount;
  }

  /** Milliseconds until something may come again. */
  get wait(): number {
    return Math.max(0, (-this.left / this.rate.second) * 1000);
  }
}
