/**
 * Reports the daemon's state to the service manager by the protocol of sd_notify(3). Does nothing
 * when there is no service manager.
 */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isWatching } from '../ledger.js';
import type { Listener } from '../ledger.js';
import { sendDatagram } from '../native.js';
import { destinationAmongOthers } from '../state.js';
import type { DaemonState } from '../state.js';
import { countsOf } from './news-log.js';
import { oneLine } from './one-line.js';

/** Messages that change what the status line says. */
const TOLD: ReadonlySet<string> = new Set(['counters', 'backlog', 'lasting', 'held', 'failed']);
/** Characters of the status line; the service manager takes some 4096 bytes. */
const LENGTH_MAX = 1000;

export class Notifier {
  private readonly socket: BytePath | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
    this.socket =
      NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '' ? undefined : fromText(NOTIFY_SOCKET);
    const interval = Number(WATCHDOG_USEC);
    if (!(interval > 0) || (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid))
      return;
    // half of the interval, from microseconds to milliseconds
    this.heartbeat = setInterval(() => this.send('WATCHDOG=1'), Math.max(1, interval / 2000));
    this.heartbeat.unref();
  }

  readonly follow: Listener = (news, state, before) => {
    if (news.kind === 'stopping') {
      clearInterval(this.heartbeat);
      this.send('STOPPING=1');
    }
    // READY=1 follows when the new rules are in force.
    if (news.kind === 'rehashing')
      this.send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    const isRehashed = state.beforeRehash === undefined && before.beforeRehash !== undefined;
    if (isWatching(news) || news.kind === 'holding' || isRehashed) this.send('READY=1');
    const isTold =
      state.status !== before.status ||
      state.paused !== before.paused ||
      (news.kind === 'message' && TOLD.has(news.message.name));
    if (isTold) this.status(sentenceOf(state));
  };

  /** Sets the status line that the service manager shows. */
  status(text: string): void {
    this.send(`STATUS=${oneLine(text).slice(0, LENGTH_MAX)}`);
  }

  private send(message: string): void {
    if (this.socket === undefined) return;
    try {
      sendDatagram(this.socket, message);
    } catch {
      // a service manager that does not listen does not end syncing
    }
  }
}

/** What is pending, and what keeps it so. */
function sentenceOf(state: DaemonState): string {
  const { status, paused } = state;
  const sentences = [
    `${status}${paused ? ' (paused until clsync ctl resume)' : ''}: ${countsOf(state)}`,
  ];
  for (const [name, { away, held, backlog, lastFailure }] of state.executors) {
    const destination = destinationAmongOthers(state, name);
    const at = destination === undefined ? '' : `${destination}: `;
    if (away !== undefined) sentences.push(`${at}${away}`);
    if (held !== undefined)
      sentences.push(
        `${at}${held.paths} deletions are held until clsync ctl approve: ${held.reason}`,
      );
    if (backlog.failing > 0 && lastFailure !== undefined)
      sentences.push(`${at}the last failure: ${lastFailure.report.text}`);
  }
  return sentences.join('; ');
}
