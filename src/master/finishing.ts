/** Which executors have yet to finish, and what those have said that have. */
import type { Payload } from '../shared/messages.js';
import type { CrewEnd } from './crew-terms.js';
import type { Member } from './sandbox/roles.js';

export class Finishing {
  private readonly unfinished = new Set<Member>();
  private readonly away = new Set<Member>();
  private failure: Payload<'finished'> | undefined;
  private begun = false;

  /** @param settle is told how all have finished: with the highest exit status of them */
  constructor(private readonly settle: (end: CrewEnd) => void) {}

  /** They have been ordered to. */
  get hasBegun(): boolean {
    return this.begun;
  }

  runs(member: Member): void {
    this.unfinished.add(member);
    this.away.delete(member);
  }

  hasFinished(member: Member): boolean {
    return !this.unfinished.has(member);
  }

  begin(): void {
    this.begun = true;
    this.look();
  }

  finished(member: Member, end: Payload<'finished'>): void {
    if (end.exit > (this.failure?.exit ?? 0)) this.failure = end;
    this.unfinished.delete(member);
    this.look();
  }

  /** It does not run, and comes back: it is waited for, unless all have been ordered to finish. */
  left(member: Member): void {
    if (this.unfinished.has(member)) this.away.add(member);
    if (this.begun) this.look();
  }

  private look(): void {
    const awaited = this.begun
      ? [...this.unfinished].filter((one) => !this.away.has(one))
      : [...this.unfinished];
    if (awaited.length > 0) return;
    const { exit, text } = this.failure ?? { exit: 0, text: '' };
    this.settle({ kind: 'finished', exit, text });
  }
}
