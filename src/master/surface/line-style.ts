/** How a line of the log looks: what its output says by itself is not said again. */
import { isatty } from 'node:tty';
import type { Level } from '../../shared/report.js';
import { hasJournalSocket, isJournal } from './journal.js';

/**
 * `stamped`: with time, instance and level; `plain`: as a terminal shows it; `fields`: an entry of
 * the journal.
 */
export type Style = 'plain' | 'stamped' | 'fields';

/** @param descriptor of the output */
export function styleOf(descriptor: number, environment: NodeJS.ProcessEnv): Style {
  if (isJournal(descriptor, environment)) return hasJournalSocket() ? 'fields' : 'plain';
  return isatty(descriptor) ? 'plain' : 'stamped';
}

/** The line without its end. @param instance name of the daemon */
export function styled(
  style: Exclude<Style, 'fields'>,
  level: Level | 'printed',
  text: string,
  instance: string,
  at: Date,
): string {
  const isTold = level === 'printed' || (style === 'plain' && level === 'info');
  const line = isTold ? text : `${level}: ${text}`;
  return style === 'plain' ? line : `${localTime(at)} ${instance} ${line}`;
}

/** As in ISO 8601, to the millisecond, with the distance from UTC. */
export function localTime(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const two = (number: number): string => String(Math.trunc(number)).padStart(2, '0');
  const distance = Math.abs(offset);
  return `${local}${offset < 0 ? '-' : '+'}${two(distance / 60)}:${two(distance % 60)}`;
}
