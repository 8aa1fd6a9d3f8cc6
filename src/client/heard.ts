/**
 * What a daemon has said, as a terminal may show it: one that others have taken over may say
 * anything.
 */
import { plain, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';

/** Bytes: more than a daemon has to say. */
const ANSWER_MAX = 16 << 20;

/** Throws Error for an answer of such a length. */
export function bound(length: number): void {
  if (length > ANSWER_MAX) throw new Error('its answer does not end');
}

/** A row of an answer. Throws SyntaxError. */
export function parsed(row: string): unknown {
  return harmless(JSON.parse(row));
}

/** A word or a sentence. */
export function said(text: BytePath): string {
  return plain(toBuffer(text).toString('utf8'));
}

function harmless(value: unknown): unknown {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  return Object.fromEntries(members.map(([name, member]) => [plain(name), harmless(member)]));
}
