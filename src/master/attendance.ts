/**
 * Who of a crew is there: those that run, those among them that have yet to say that they are up,
 * and those that leave.
 */
import type { Member, SandboxedRole } from './sandbox/roles.js';

/** What has joined: a process of a member, see `Role`. */
export interface Attending {
  readonly member: Member;
  /** Resolves when nothing is left of it. */
  end(grace: number): Promise<void>;
}

export class Attendance<R extends Attending> {
  private readonly present = new Set<R>();
  private readonly awaited = new Set<R>();
  /** They have not ended yet. */
  private readonly leaving = new Set<R>();

  join(one: R): void {
    this.present.add(one);
    this.awaited.add(one);
  }

  /** It says that it is up. */
  isUp(one: R): void {
    this.awaited.delete(one);
  }

  /**
   * Calls `act` if it is not up by then; not for another process that the member has by then.
   * @param limit milliseconds
   */
  unlessUp(one: R, limit: number, act: () => void): void {
    setTimeout(() => {
      if (this.awaited.has(one)) act();
    }, limit).unref();
  }

  /** Resolves when nothing is left of it. @param grace milliseconds to end by itself */
  async leave(one: R, grace: number): Promise<void> {
    this.present.delete(one);
    this.awaited.delete(one);
    this.leaving.add(one);
    await one.end(grace);
    this.leaving.delete(one);
  }

  /** Undefined: it is leaving, or away. */
  of(wanted: Member): R | undefined {
    return [...this.present].find(({ member }) => member === wanted);
  }

  all(role: SandboxedRole): readonly R[] {
    return [...this.present].filter(({ member }) => member.role === role);
  }

  get here(): readonly R[] {
    return [...this.present];
  }

  /** Those that leave, too. */
  get everyone(): readonly R[] {
    return [...this.present, ...this.leaving];
  }

  get isFull(): boolean {
    return this.awaited.size === 0;
  }

  /** For messages: of those that are not up. */
  get missing(): string {
    return [...this.awaited].map(({ member }) => member.name).join(' and the ');
  }
}
