/** Does work in short turns, so that the event loop can do other work between them. */
export class Loop {
  private planned = false;
  private ended = false;

  /** @param turn does a part of the work; returns whether more is left */
  constructor(private readonly turn: () => boolean) {}

  /** Plans a turn, unless one is planned. */
  wake(): void {
    if (this.planned || this.ended) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      if (!this.ended && this.turn()) this.wake();
    });
  }

  end(): void {
    this.ended = true;
  }
}
