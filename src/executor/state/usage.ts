/**
 * Tells the master while the files of the state are used, so that it can say when their file system
 * does not answer: this process may be the one that waits then, and all that it does with it.
 */

/** Milliseconds between two words while they are used. */
const INTERVAL = 1000;

export class Usage {
  private timer: NodeJS.Timeout | undefined;
  /** How many answers are waited for, and whether one has come since the last word. */
  private asked = 0;
  private isAnswered = false;

  /** @param tell that they are used, and answer; or that they are no longer used */
  constructor(private readonly tell: (isUsed: boolean) => void) {}

  /** Something is asked of the files. Returns what is to be called with the answer. */
  begin(): () => void {
    this.asked++;
    if (this.timer === undefined) {
      this.tell(true);
      this.timer = setInterval(() => this.look(), INTERVAL).unref();
    }
    return () => {
      this.asked--;
      this.isAnswered = true;
    };
  }

  private look(): void {
    if (this.isAnswered) this.tell(true);
    else if (this.asked === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      this.tell(false);
    }
    this.isAnswered = false;
  }
}
