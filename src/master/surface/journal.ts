/**
 * Sends messages to the journal as entries with fields, by its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), without blocking.
 */
import { accessSync, constants, fstatSync } from 'node:fs';
import { fromText } from '../../shared/bytes.js';
import type { Level } from '../../shared/report.js';
import { outletPut, sendDatagram } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import type { InstanceEvent } from '../../shared/control-status.js';
import type { Outlet } from './log-buffer.js';
import { isPassing, priorityOf, refusalOf } from './syslog.js';

const SOCKET = '/run/systemd/journal/socket';
/** The last field of a record. */
const MESSAGE = '\nMESSAGE=';

/** What a message is about; those that have no name are about something else. */
export type LogEvent = InstanceEvent['event'] | 'started' | 'ended' | 'printed';

/** Whether it is connected to the journal, as systemd.exec(5) says it. */
export function isJournal(
  descriptor: number,
  { JOURNAL_STREAM: told }: NodeJS.ProcessEnv,
): boolean {
  if (told === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return told === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Whether its socket can be had; in some containers only the stream can. */
export function hasJournalSocket(): boolean {
  try {
    accessSync(SOCKET, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param instance name of the daemon; undefined: it has none yet @param text one line */
export function journalRecord(
  level: Level | 'printed',
  text: string,
  instance: string | undefined,
  event: LogEvent | undefined,
): string {
  const fields = [
    `PRIORITY=${priorityOf(level)}`,
    'SYSLOG_IDENTIFIER=clsync',
    `SYSLOG_PID=${process.pid}`,
    ...(level === 'printed' ? [] : [`CLSYNC_LEVEL=${level}`]),
    ...(instance === undefined ? [] : [`CLSYNC_INSTANCE=${instance}`]),
    ...(event === undefined ? [] : [`CLSYNC_EVENT=${event}`]),
  ];
  return `${fields.join('\n')}${MESSAGE}${text}\n`;
}

/**
 * Takes records. Bytes as they came, and the words of a record that the journal's socket refuses,
 * go to the descriptor, which is the journal's as well.
 */
export function journalOutlet(descriptor: OutletDescriptor): Outlet {
  return (piece) => {
    if (typeof piece !== 'string') return outletPut(descriptor, piece);
    const refusal = refusalOf(() => sendDatagram(fromText(SOCKET), Buffer.from(piece)));
    if (refusal === undefined) return true;
    return isPassing(refusal)
      ? false
      : outletPut(descriptor, piece.slice(piece.indexOf(MESSAGE) + MESSAGE.length));
  };
}
