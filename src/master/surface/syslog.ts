/**
 * Sends messages to the system's log without blocking, as datagrams of syslog(3). The C library's
 * syslog(3) blocks when the log's socket is full.
 */
import { fromText } from '../../shared/bytes.js';
import type { Level } from '../../shared/report.js';
import { sendDatagram, sendOverStream } from '../native.js';
import type { Outlet } from './log-buffer.js';

const SOCKET = fromText('/dev/log');
/** LOG_DAEMON of <syslog.h>. */
const FACILITY = 3 << 3;
const PRIORITY = { error: 3, warning: 4, printed: 5, info: 6, debug: 7 } as const;
/** The most bytes of a message, which syslog daemons accept. */
const LENGTH_MAX = 8192;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Errors that pass: the socket is full, or the log is being restarted. */
const PASSING = ['EAGAIN', 'ENOBUFS', 'ECONNREFUSED', 'ENOENT'];

/** Of syslog(3). */
export function priorityOf(level: Level | 'printed'): number {
  return level in PRIORITY ? PRIORITY[level as keyof typeof PRIORITY] : PRIORITY.debug;
}

/**
 * `printed`: by another program, at a level (LOG_NOTICE) that nothing else has. As the C library
 * writes it; no line of its own ends it.
 */
export function syslogRecord(level: Level | 'printed', text: string, now = new Date()): string {
  const priority = FACILITY | priorityOf(level);
  const two = (number: number, filler = '0'): string => String(number).padStart(2, filler);
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => two(part))
    .join(':');
  return (
    `<${priority}>${MONTHS[now.getMonth()]} ${two(now.getDate(), ' ')} ${time} ` +
    `clsync[${process.pid}]: ${text}`
  );
}

export const syslogOutlet: Outlet = (record) => {
  const bytes = Buffer.from(record).subarray(0, LENGTH_MAX);
  const refusal = refusalOf(() => sendDatagram(SOCKET, bytes));
  // Some logs use a stream socket; there a NUL ends a message.
  const last =
    refusal === 'EPROTOTYPE'
      ? refusalOf(() => sendOverStream(SOCKET, Buffer.concat([bytes, Buffer.alloc(1)])))
      : refusal;
  return last === undefined || !isPassing(last);
};

export function isPassing(code: string): boolean {
  return PASSING.includes(code);
}

/** The code of the error thrown by `action`; undefined: none. */
export function refusalOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  }
}
