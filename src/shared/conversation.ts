/**
 * What has passed between two roles so far, as far as it decides what may come next: the phase they
 * are in, and which messages were sent that may be sent once. Each end of a channel keeps one, of
 * both directions. Pure.
 */
import { MESSAGES } from './messages.js';
import type { MessageName, MessageRow, Phase } from './messages.js';

export class Conversation {
  private phase: Phase = 'loading';
  private readonly passed = new Set<MessageName>();

  /** Notes that the message passes. Returns why it may not, in words; undefined: it may. */
  pass(name: MessageName): string | undefined {
    const row: MessageRow = MESSAGES[name];
    if (!this.allows(name)) return `${name} may not be sent while ${this.phase}`;
    if (row.once && this.passed.has(name)) return `${name} may be sent once`;
    if (row.once) this.passed.add(name);
    if (row.begins !== undefined) this.phase = row.begins;
    return undefined;
  }

  /** Whether the message belongs to the phase that the two are in. */
  allows(name: MessageName): boolean {
    const { phase }: MessageRow = MESSAGES[name];
    return phase === undefined || phase === this.phase;
  }
}
