/** Milliseconds between two reports of a sync's progress: more would be unreadable. */
const INTERVAL = 250;

export class Progress {
  private last = -Infinity;

  constructor(private readonly send: (done: number, total: number) => void) {}

  tell(done: number, total: number): void {
    const now = performance.now();
    if (done < total && now - this.last < INTERVAL) return;
    this.last = now;
    this.send(done, total);
  }
}
