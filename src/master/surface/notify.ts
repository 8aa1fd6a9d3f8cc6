/**
 * Tells the service manager how the daemon is: the protocol of sd_notify(3). Does nothing where
 * there is none.
 */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { sendDatagram } from '../native.js';

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
    // half of it, in milliseconds
    this.heartbeat = setInterval(() => this.send('WATCHDOG=1'), Math.max(1, interval / 2000));
    this.heartbeat.unref();
  }

  ready(): void {
    this.send('READY=1');
  }

  /** One line for people. */
  status(text: string): void {
    this.send(`STATUS=${text.replaceAll('\n', ' ')}`);
  }

  /** `ready` follows when the new settings are in force. */
  reloading(): void {
    this.send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    clearInterval(this.heartbeat);
    this.send('STOPPING=1');
  }

  private send(message: string): void {
    if (this.socket === undefined) return;
    try {
      sendDatagram(this.socket, message);
    } catch {
      // a service manager that does not listen is no reason to stop mirroring
    }
  }
}
