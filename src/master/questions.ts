/** Questions to the executors, whose answers come as messages. */
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import type { MessageName, Payload } from '../shared/messages.js';
import { differencesIn } from '../shared/verification.js';
import type { Difference } from '../shared/verification.js';
import type { Listener } from './ledger.js';
import type { Member } from './sandbox/roles.js';

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

interface Row {
  readonly from: Member;
  readonly row: string;
}

interface Question {
  readonly rows: Row[];
  /** Those that have yet to answer, and the answers. */
  readonly missing: Set<Member>;
  readonly answers: Answered[];
  readonly settle: (answer: Answered | ClsyncError) => void;
}

/** Gives an order to the executors. Returns those that there are. */
export type Order = <N extends MessageName>(name: N, payload: Payload<N>) => readonly Member[];

export class Questions {
  private serial = 0;
  private readonly waiting = new Map<number, Question>();

  constructor(
    private readonly order: Order,
    /** All executors, and those that do not run at present. */
    private readonly executors: () => readonly Member[],
    /** The destination of an executor; undefined: there is only one. */
    private readonly destinationOf: (member: Member) => string | undefined,
  ) {}

  readonly follow: Listener = (news) => {
    if (news.kind === 'roleEnded' && news.member.role === 'executor')
      return this.fail(
        news.member,
        'a part of the daemon has ended meanwhile, and is started again',
      );
    if (news.kind !== 'message') return;
    const { message, member } = news;
    if (message.name === 'flushed') this.answer(message.serial, member, message);
    if (message.name === 'compared') this.compared(member, message);
    if (message.name !== 'pendingRows') return;
    const question = this.waiting.get(message.serial);
    for (const row of message.rows.split('\n'))
      if (row !== '') question?.rows.push({ from: member, row });
    if (message.last === 1) this.answer(message.serial, member, { left: 0, text: '' });
  };

  /**
   * Resolves when everything that has changed by now is at the destination, or with what is not.
   * Rejects with ClsyncError. @param limit milliseconds
   */
  async flush(limit: number): Promise<Flushed> {
    return (await this.ask('flush', { limit }, limit + PATIENCE, true)).answer;
  }

  /** Rows of JSON, see src/executor/pending-rows.ts. Rejects with ClsyncError. */
  async pending(under: BytePath): Promise<readonly string[]> {
    const { rows } = await this.ask('pendingAsked', { under }, PATIENCE);
    return rows.map((one) => this.rowOf(one));
  }

  /**
   * Compares source and destination, and resolves with what differs and is not about to be synced.
   * Rejects with ClsyncError where they cannot be compared.
   */
  async compare(checksum: boolean): Promise<Compared> {
    const fields = { checksum: checksum ? 1 : 0 };
    const { answer, rows } = await this.ask('compare', fields, COMPARISON);
    const differences = rows.flatMap(({ from, row }) =>
      differencesIn(row).map((one) => ({ ...one, at: this.destinationOf(from) })),
    );
    return { differences, failures: answer.left, text: answer.text };
  }

  private compared(member: Member, { serial, isDone, failures, text }: Payload<'compared'>): void {
    if (isDone === 1) return this.answer(serial, member, { left: failures, text });
    const why = this.named(member, text);
    this.waiting.get(serial)?.settle(new ClsyncError('NOT_COMPARED', why));
  }

  private answer(serial: number, member: Member, { left, text }: Answered): void {
    const question = this.waiting.get(serial);
    if (question === undefined || !question.missing.delete(member)) return;
    question.answers.push({ left, text: text === '' ? '' : this.named(member, text) });
    if (question.missing.size > 0) return;
    const texts = question.answers.flatMap((one) => (one.text === '' ? [] : [one.text]));
    const sum = question.answers.reduce((all, one) => all + one.left, 0);
    question.settle({ left: sum, text: texts.join('; ') });
  }

  private named(member: Member, text: string): string {
    const destination = this.destinationOf(member);
    return destination === undefined ? text : `${destination}: ${text}`;
  }

  /** A row of JSON that says of which destination it is. */
  private rowOf({ from, row }: Row): string {
    const destination = this.destinationOf(from);
    return destination === undefined
      ? row
      : `{"destination":${JSON.stringify(destination)},${row.slice(1)}`;
  }

  private ask<N extends 'flush' | 'pendingAsked' | 'compare'>(
    name: N,
    fields: Omit<Payload<N>, 'serial'>,
    patience: number,
    ofAll = false,
  ): Promise<{ readonly answer: Answered; readonly rows: readonly Row[] }> {
    const serial = ++this.serial;
    return new Promise((resolve, reject) => {
      const rows: Row[] = [];
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
      const missing = new Set<Member>();
      this.waiting.set(serial, { rows, missing, answers: [], settle });
      const asked = this.order(name, { ...fields, serial } as Payload<N>);
      for (const member of asked) missing.add(member);
      const absent = this.executors().find((member) => !missing.has(member));
      if (asked.length === 0) settle(new ClsyncError('NOT_NOW', 'nothing is synced at present'));
      else if (ofAll && absent !== undefined)
        settle(new ClsyncError('NOT_NOW', this.named(absent, 'nothing is synced at present')));
    });
  }

  private fail(member: Member, why: string): void {
    for (const { missing, settle } of [...this.waiting.values()])
      if (missing.has(member)) settle(new ClsyncError('NOT_NOW', this.named(member, why)));
  }
}
