/** Says when the file system of `--state-dir` does not answer, as no sync begins before it does. */
import type { Level } from '../shared/report.js';
import type { Member } from './sandbox/roles.js';

/** Milliseconds without a word of an executor, which says one a second while it uses its state. */
const PATIENCE = 10_000;

export class StateAnswers {
  private readonly timers = new Map<Member, NodeJS.Timeout>();
  private readonly missed = new Set<Member>();

  constructor(private readonly say: (level: Level, text: string) => void) {}

  /** @param isUsed it is, and has answered; else it is not used any longer */
  heard(member: Member, isUsed: boolean): void {
    const isBack = this.missed.has(member);
    this.left(member);
    if (isBack && this.missed.size === 0)
      this.say('info', '--state-dir: its file system answers again');
    if (isUsed) this.timers.set(member, setTimeout(() => this.miss(member), PATIENCE).unref());
  }

  /** Nothing more is heard of this one. */
  left(member: Member): void {
    clearTimeout(this.timers.get(member));
    this.timers.delete(member);
    this.missed.delete(member);
  }

  end(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private miss(member: Member): void {
    this.missed.add(member);
    if (this.missed.size > 1) return;
    this.say(
      'error',
      '--state-dir: its file system does not answer: syncs wait, as none may begin that is not noted',
    );
  }
}
