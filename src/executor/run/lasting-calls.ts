/**
 * Notices calls of programs that last: each after a minute, and again whenever it has lasted twice
 * as long, so that a handler that hangs is seen while it does. Times in milliseconds.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { monotonic } from '../../shared/clock.js';

const LONG = 60_000;
/** The longest delay of setTimeout(). */
const LONGEST = 2 ** 31 - 1;

/**
 * @param milliseconds how long the call has lasted @param program its name; empty: no call lasts
 * any longer
 */
export type Lasting = (milliseconds: number, program: string) => void;

/** Calls the action once; the function returned prevents that. */
type After = (milliseconds: number, action: () => void) => () => void;

interface Call {
  readonly program: BytePath;
  readonly began: number;
  cancel(): void;
}

export class LastingCalls {
  /** Those that were told of. */
  private readonly told = new Set<Call>();

  constructor(
    private readonly tell: Lasting,
    private readonly now: () => number = monotonic,
    private readonly after: After = byTimer,
  ) {}

  /** A call begins. Returns what is to be called at its end. */
  begin(program: BytePath): () => void {
    const call: Call = { program, began: this.now(), cancel: () => undefined };
    this.plan(call, LONG);
    return () => this.end(call);
  }

  private plan(call: Call, milliseconds: number): void {
    call.cancel = this.after(Math.min(milliseconds, LONGEST), () => {
      this.told.add(call);
      const lasted = this.now() - call.began;
      this.tell(lasted, display(call.program));
      this.plan(call, lasted);
    });
  }

  private end(call: Call): void {
    call.cancel();
    if (!this.told.delete(call)) return;
    const [oldest] = this.told;
    if (oldest === undefined) this.tell(0, '');
    else this.tell(this.now() - oldest.began, display(oldest.program));
  }
}

function byTimer(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds).unref();
  return () => clearTimeout(timer);
}
