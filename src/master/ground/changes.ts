/** Calls back when something may have changed about what stands at some paths. */

/** Milliseconds between two looks. */
const CHECK = 500;

export class Changes {
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  /** Until the function returned is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    this.timer ??= setInterval(() => this.look(), CHECK);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** Does so now. */
  look(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
