/** Questions to the executors, whose answers come as messages. */
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import type { MessageName, Payload } from '../shared/messages.js';
import { differencesIn } from '../shared/verification.js';
import type { Difference } from '../shared/verification.js';
import type { Listener } from './ledger.js';

/** Milliseconds that an answer may take that needs no sync. */
const PATIENCE = 60_000;
/** Milliseconds that a comparison may take: of all that is there, and with its contents. */
const COMPARISON = 86_400_000;

/** What a flush has left: 0 if everything is at the destination. */
export interface Flushed {
  readonly left: number;
  readonly text: string;
}

/** What a comparison has found. */
export interface Compared {
  readonly differences: readonly Difference[];
  /** How many paths could not be looked at, and which. */
  readonly failures: number;
  readonly text: string;
}

interface Answered {
  readonly left: number;
  readonly text: string;
}

interface Question {
  readonly rows: string[];
  readonly settle: (answer: Answered | ClsyncError) => void;
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
    if (message.name === 'compared') this.compared(message);
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

  /**
   * Compares source and destination, and resolves with what differs and is not about to be synced.
   * Rejects with ClsyncError where they cannot be compared.
   */
  async compare(checksum: boolean): Promise<Compared> {
    const fields = { checksum: checksum ? 1 : 0 };
    const { answer, rows } = await this.ask('compare', fields, COMPARISON);
    const differences = differencesIn(rows.join('\n'));
    return { differences, failures: answer.left, text: answer.text };
  }

  private compared({ serial, isDone, failures, text }: Payload<'compared'>): void {
    const answer = isDone === 1 ? { left: failures, text } : new ClsyncError('NOT_COMPARED', text);
    this.waiting.get(serial)?.settle(answer);
  }

  private ask<N extends 'flush' | 'pendingAsked' | 'compare'>(
    name: N,
    fields: Omit<Payload<N>, 'serial'>,
    patience: number,
  ): Promise<{ readonly answer: Answered; readonly rows: readonly string[] }> {
    const serial = ++this.serial;
    return new Promise((resolve, reject) => {
      const rows: string[] = [];
      const settle = (answer: Answered | ClsyncError): void => {
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
