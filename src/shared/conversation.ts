/**
 * Decides which message may come next between two roles, from the phase they are in and from the
 * messages sent so far that may be sent only once. Each end of a channel keeps one for both
 * directions. Pure.
 */
import { MESSAGES } from './messages.js';
import type { MessageName, MessageRow, Phase } from './messages.js';

export class Conversation {
  private phase: Phase = 'loading';
  private readonly passed = new Set<MessageName>();

  /** Notes that a message passes. Returns the reason why it must not; undefined: it may. */
  pass(name: MessageName): string | undefined {
    const row: MessageRow = MESSAGES[name];
    if (!this.allows(name)) return `${name} may not be sent while ${this.phase}`;
    if (row.once && this.passed.has(name)) return `${name} may be sent once`;
    if (row.once) this.passed.add(name);
    if (row.begins !== undefined) this.phase = row.begins;
    return undefined;
  }

  /** Whether the message belongs to the present phase. */
  allows(name: MessageName): boolean {
    const { phase }: MessageRow = MESSAGES[name];
    return phase === undefined || phase === this.phase;
  }
}
