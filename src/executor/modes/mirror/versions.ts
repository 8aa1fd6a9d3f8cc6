/**
 * The directories of old versions (`--backup-dir`): one for each sync that deletes or replaces
 * something, by the time of that sync. Pure.
 */
import { fromText } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';

const DAY = 24 * 60 * 60 * 1000;
const STAMP = /^(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d\.\d{3})$/;

/** UTC, to the millisecond. @param time milliseconds since the epoch */
export function stampOf(time: number): BytePath {
  const text = new Date(time).toISOString();
  return fromText(text.replace('T', '_').replaceAll(':', '-').replace('Z', ''));
}

/** Undefined: it is no directory of old versions. */
export function timeOf(name: BytePath): number | undefined {
  const [, date, hours, minutes, seconds] = STAMP.exec(name) ?? [];
  const time = Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** Which of these names are older than so many days (`--backup-keep`). */
export function expired(names: readonly BytePath[], now: number, days: number): BytePath[] {
  return names.filter((name) => {
    const time = timeOf(name);
    return time !== undefined && time < now - days * DAY;
  });
}
