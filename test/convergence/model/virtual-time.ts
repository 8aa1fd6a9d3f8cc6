/** A clock that a test moves on, with the timers of the code that is tested. */
export class VirtualTime {
  now = 1000;
  private readonly timers = new Map<object, { readonly at: number; readonly act: () => void }>();

  /** Takes the place of setTimeout() and clearTimeout(), until it is disposed. */
  install(): Disposable {
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    const plan = (act: () => void, milliseconds = 0): object => {
      const timer = { unref: () => timer };
      this.timers.set(timer, { at: this.now + milliseconds, act });
      return timer;
    };
    const forget = (timer: object): void => void this.timers.delete(timer);
    Object.assign(globalThis, { setTimeout: plan, clearTimeout: forget });
    return {
      [Symbol.dispose]: () =>
        void Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }),
    };
  }

  clear(): void {
    this.timers.clear();
  }

  /** Moves on to the next timer, at most to `limit`. Returns whether there was one. */
  step(limit = Infinity): boolean {
    let first: object | undefined;
    let at = limit;
    for (const [timer, planned] of this.timers)
      if (first === undefined ? planned.at <= at : planned.at < at)
        [first, at] = [timer, planned.at];
    const planned = first === undefined ? undefined : this.timers.get(first);
    if (first === undefined || planned === undefined) return false;
    this.timers.delete(first);
    this.now = Math.max(this.now, planned.at);
    planned.act();
    return true;
  }
}
