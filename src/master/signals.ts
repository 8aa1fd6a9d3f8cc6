/** Translates signals to orders, see SIGNALS in clsync(1). */
import { constants } from 'node:os';
import { ClsyncError } from '../shared/errors.js';

export interface Orders {
  /** Ends the daemon and kills running handlers. @param by who says so, for the log */
  endNow(by?: string): void;
  /** Ends the daemon once the running handler has finished. */
  endSoon(by?: string): void;
  rereadRules(): void;
  resync(): void;
  /** Frees unused memory (signal 10). */
  tidy(): void;
  /** Ends the executor's delay (signal 16). */
  interrupt(): void;
  dump(): void;
  useBlock(block: string): void;
}

type Order = Exclude<keyof Orders, 'useBlock'>;

/** By the signal numbers of Linux on x86 and arm, as the manual page has them. */
const SIGNALS: Readonly<Record<number, Order>> = {
  1: 'rereadRules',
  2: 'endNow',
  3: 'endSoon',
  10: 'tidy',
  12: 'resync',
  15: 'endNow',
  16: 'interrupt',
  29: 'dump',
};

/**
 * `custom` maps signal numbers to configuration blocks, and takes precedence over the usual
 * meaning.
 */
export function listen(orders: Orders, custom: ReadonlyMap<number, string>): void {
  // Some signals have two names (SIGIO and SIGPOLL): one listener for each number, or the order is
  // given twice.
  const names = new Map(
    Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
  );
  for (const [number, name] of names) {
    const block = custom.get(number);
    const order = SIGNALS[number];
    if (block !== undefined) process.on(name, () => orders.useBlock(block));
    else if (order !== undefined) process.on(name, () => orders[order](name));
  }
}

/**
 * Parses a list such as `29:debug,28:normal`; a 0 drops the items before it. Throws ClsyncError.
 */
export function parseCustomSignals(text: string, origin: string): Map<number, string> {
  const signals = new Map<number, string>();
  const known = new Set<number>(Object.values(constants.signals));
  for (const part of text.split(',').filter((word) => word.trim() !== '')) {
    const [, digits, block] = /^\s*(\d+)(?::(.+))?$/.exec(part) ?? [];
    const number = Number(digits);
    if (digits !== undefined && number === 0) signals.clear();
    else if (block === undefined)
      throw new ClsyncError('BAD_VALUE', origin, `"${part}" is not SIGNAL:BLOCK`);
    else if (
      !known.has(number) ||
      number === constants.signals.SIGKILL ||
      number === constants.signals.SIGSTOP
    ) {
      throw new ClsyncError('BAD_VALUE', origin, `there is no signal ${number} to catch`);
    } else signals.set(number, block);
  }
  return signals;
}
