/** Short turns of work, with the event loop's other work between them. */
export class Loop {
  private planned = false;
  private ended = false;

  /** @param turn does some of what there is to do; returns whether more is left */
  constructor(private readonly turn: () => boolean) {}

  /** There is something to do. */
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
