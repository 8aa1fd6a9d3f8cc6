/** Timers that are cancelled together. */
export class Timers {
  private readonly running = new Set<NodeJS.Timeout>();

  after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.running.delete(timer);
      action();
    }, milliseconds);
    this.running.add(timer);
  }

  clear(): void {
    for (const timer of this.running) clearTimeout(timer);
    this.running.clear();
  }
}
