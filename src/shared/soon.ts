/** Calls `act` some time after it was asked for, once for all who ask meanwhile. */
export class Soon {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly milliseconds: number,
    private readonly act: () => void,
  ) {}

  ask(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.act();
    }, this.milliseconds).unref();
  }
}
