/** Questions to the executors, whose answers come as messages. */
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import type { MessageName, Payload } from '../shared/messages.js';
import type { Listener } from './ledger.js';

/** Milliseconds that an answer may take that needs no sync. */
const PATIENCE = 60_000;

/** What a flush has left: 0 if everything is at the destination. */
export interface Flushed {
  readonly left: number;
  readonly text: string;
}

interface Question {
  readonly rows: string[];
  readonly settle: (answer: Flushed | ClsyncError) => void;
}

/** Gives an order to the executors. Returns whether there are any. */
export type Order = <N extends MessageName>(name: N, payload: Payload<N>) => boolean;

export class Questions {
  private serial = 0;
  private readonly waiting = new Map<number, Question>();

  constructor(private readonly order: Order) {}

  readonly follow: Listener = (news) => {
    if (news.kind === 'roleEnded' && news.member.role === 'executor')
      return this.fail('a part of the daemon has ended meanwhile, and is started again');
    if (news.kind !== 'message') return;
    const { message } = news;
    if (message.name === 'flushed') this.waiting.get(message.serial)?.settle(message);
    if (message.name !== 'pendingRows') return;
    const question = this.waiting.get(message.serial);
    for (const row of message.rows.split('\n')) if (row !== '') question?.rows.push(row);
    if (message.last === 1) question?.settle({ left: 0, text: '' });
  };

  /**
   * Resolves when everything that has changed by now is at the destination, or with what is not.
   * Rejects with ClsyncError. @param limit milliseconds
   */
  async flush(limit: number): Promise<Flushed> {
    return (await this.ask('flush', { limit }, limit + PATIENCE)).answer;
  }

  /** Rows of JSON, see src/executor/pending-rows.ts. Rejects with ClsyncError. */
  async pending(under: BytePath): Promise<readonly string[]> {
    return (await this.ask('pendingAsked', { under }, PATIENCE)).rows;
  }

  private ask<N extends 'flush' | 'pendingAsked'>(
    name: N,
    fields: Omit<Payload<N>, 'serial'>,
    patience: number,
  ): Promise<{ readonly answer: Flushed; readonly rows: readonly string[] }> {
    const serial = ++this.serial;
    return new Promise((resolve, reject) => {
      const rows: string[] = [];
      const settle = (answer: Flushed | ClsyncError): void => {
        clearTimeout(timer);
        this.waiting.delete(serial);
        if (answer instanceof ClsyncError) reject(answer);
        else resolve({ answer, rows });
      };
      const timer = setTimeout(
        () => settle(new ClsyncError('NOT_NOW', 'no answer from the executor')),
        patience,
      );
      this.waiting.set(serial, { rows, settle });
      if (!this.order(name, { ...fields, serial } as Payload<N>))
        settle(new ClsyncError('NOT_NOW', 'nothing is synced at present'));
    });
  }

  private fail(why: string): void {
    for (const { settle } of [...this.waiting.values()]) settle(new ClsyncError('NOT_NOW', why));
  }
}
