/**
 * When orders are in force: a role answers once it has taken everything that it was sent before. A
 * role that ends meanwhile needs no answer: the next one begins with what was ordered.
 */
import { ClsyncError } from '../shared/errors.js';
import type { Listener } from './ledger.js';
import type { Member, SandboxedRole } from './sandbox/roles.js';

/** Milliseconds that a role may take to answer. */
const PATIENCE = 60_000;
const QUESTIONS = { watcher: 'watcherConfirm', executor: 'executorConfirm' } as const;

/** Sends the question to all of a role. Returns who that is. */
export type Ask = (
  role: SandboxedRole,
  name: (typeof QUESTIONS)[SandboxedRole],
  payload: { readonly serial: number },
) => readonly Member[];

interface Waiting {
  /** Names of members of the crew. */
  readonly missing: Set<string>;
  readonly resolve: () => void;
}

export class Confirmations {
  private serial = 0;
  private readonly waiting = new Map<number, Waiting>();

  constructor(
    private readonly ask: Ask,
    private readonly patience = PATIENCE,
  ) {}

  readonly follow: Listener = (news) => {
    if (news.kind === 'roleStarted' || news.kind === 'roleEnded') {
      for (const serial of [...this.waiting.keys()]) this.taken(serial, news.member.name);
    } else if (news.kind === 'message') {
      const { member, message } = news;
      if (message.name === 'watcherConfirmed' || message.name === 'executorConfirmed')
        this.taken(message.serial, member.name);
    }
  };

  /** Resolves when all that was ordered so far is in force. Rejects with ClsyncError. */
  inForce(): Promise<void> {
    const serial = ++this.serial;
    return new Promise((resolve, reject) => {
      const missing = new Set<string>();
      const timer = setTimeout(() => {
        this.waiting.delete(serial);
        const names = [...missing].join(' and the ');
        reject(new ClsyncError('NOT_NOW', `ordered, but no answer yet from the ${names}`));
      }, this.patience);
      const over = (): void => {
        clearTimeout(timer);
        this.waiting.delete(serial);
        resolve();
      };
      this.waiting.set(serial, { missing, resolve: over });
      for (const role of ['executor', 'watcher'] as const)
        for (const { name } of this.ask(role, QUESTIONS[role], { serial })) missing.add(name);
      if (missing.size === 0) over();
    });
  }

  private taken(serial: number, member: string): void {
    const waiting = this.waiting.get(serial);
    if (waiting === undefined) return;
    waiting.missing.delete(member);
    if (waiting.missing.size === 0) waiting.resolve();
  }
}
