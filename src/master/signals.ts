/** Signals to orders, see SIGNALS in clsync(1). */
import { constants } from 'node:os';
import { ClsyncError } from '../shared/errors.js';

export interface Orders {
  /** End, and do not wait for what runs. */
  endNow(): void;
  /** End after what runs now. */
  endSoon(): void;
  rereadRules(): void;
  resync(): void;
  /** Frees what is not needed (10). */
  tidy(): void;
  /** Wakes the executor from its waiting (16). */
  interrupt(): void;
  dump(): void;
  useBlock(block: string): void;
}

type Order = Exclude<keyof Orders, 'useBlock'>;

/** By number, as the manual page counts them; those of Linux on x86 and arm. */
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

/** `custom`: signal number to configuration block, above the usual meaning. */
export function listen(orders: Orders, custom: ReadonlyMap<number, string>): void {
  // Some numbers have two names (SIGIO and SIGPOLL): a signal is one order.
  const names = new Map(
    Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
  );
  for (const [number, name] of names) {
    const block = custom.get(number);
    const order = SIGNALS[number];
    if (block !== undefined) process.on(name, () => orders.useBlock(block));
    else if (order !== undefined) process.on(name, () => orders[order]());
  }
}

/** `29:debug,28:normal`; a 0 forgets those before it. Throws ClsyncError. */
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
