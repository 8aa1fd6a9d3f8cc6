/** How a line of the log looks: what its output says by itself is not said again. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Level } from '../../shared/report.js';

/** `stamped`: with time, instance and level; `plain`: as a terminal, or the journal, shows it. */
export type Style = 'plain' | 'stamped';

/** @param descriptor of the output */
export function styleOf(descriptor: number, environment: NodeJS.ProcessEnv): Style {
  return isatty(descriptor) || isJournal(descriptor, environment) ? 'plain' : 'stamped';
}

/** Whether it is connected to the journal, as systemd.exec(5) says it. */
function isJournal(descriptor: number, { JOURNAL_STREAM: told }: NodeJS.ProcessEnv): boolean {
  if (told === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return told === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** The line without its end. @param instance name of the daemon */
export function styled(
  style: Style,
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
