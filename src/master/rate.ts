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
