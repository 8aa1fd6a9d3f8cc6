/** Messages that are written while the roles are started, before what writes them is loaded. */
import type { Level } from '../../shared/report.js';
import { outletPut } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import type { LogEvent } from './journal.js';

export interface Message {
  readonly level: Level;
  readonly text: string;
  readonly at: Date;
  readonly event: LogEvent | undefined;
}

/** Milliseconds that one waits, at most: the roles may wait for something, or be no part of it. */
const WAIT = 200;

export class EarlyMessages {
  private waiting: Message[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `overdue` is called when they have waited long enough, and takes them. */
  constructor(private readonly overdue: () => void) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** @param descriptor it will go there; undefined: to the system's log */
  add(message: Message, descriptor: OutletDescriptor | undefined): void {
    // Starts the thread that writes. It has to be older than any handler: where there are no
    // namespaces, a handler is kept from signals to what was there before it.
    if (descriptor !== undefined) outletPut(descriptor, '');
    this.waiting.push(message);
    this.timer ??= setTimeout(this.overdue, WAIT).unref();
  }

  /** All of them; none waits any longer. */
  take(): readonly Message[] {
    clearTimeout(this.timer);
    this.timer = undefined;
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }
}
