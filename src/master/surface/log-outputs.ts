/** Where messages can go, how they look there, and what waits for the reader. */
import type { Level } from '../../shared/report.js';
import { outletEnd, outletFlush, outletPut } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import { sleep } from '../sleep.js';
import { journalOutlet, journalRecord } from './journal.js';
import type { LogEvent } from './journal.js';
import { styled, styleOf } from './line-style.js';
import type { Style } from './line-style.js';
import { LogBuffer } from './log-buffer.js';
import type { Outlet } from './log-buffer.js';
import { syslogOutlet, syslogRecord } from './syslog.js';

export type Output = 'stderr' | 'stdout' | 'file' | 'syslog';

/** The file takes the place of stdout, where nothing else is written then. */
export const DESCRIPTORS: Readonly<Record<Output, OutletDescriptor | undefined>> = {
  stdout: 1,
  stderr: 2,
  file: 1,
  syslog: undefined,
};
/** The name of a daemon that was given none. */
export const UNNAMED = 'clsync';
const CLEAR_LINE = '\r\x1b[K';
/**
 * Milliseconds that the end of the daemon waits for readers in all, for the process that writes
 * `--log-file` at least, and between two tries.
 */
const [LAST_WAIT, LEAST_WAIT, LAST_PAUSE] = [300, 100, 2] as const;

export interface Names {
  /** The daemon's label. Undefined: lines are for who has called. */
  readonly shown: string | undefined;
  /** For programs; undefined: there is none yet. */
  readonly field: string | undefined;
}

export class LogOutputs {
  names: Names = { shown: undefined, field: undefined };
  /** A process of its own writes to the file, and this one to a socket. */
  isCarried = false;
  private progressShown = false;
  private readonly styles = new Map<Output, Style>();
  private readonly buffers = new Map<Output, LogBuffer>();

  /** A line, or record, as the output has it. */
  lineOf(
    output: Output,
    level: Level | 'printed',
    text: string,
    at = new Date(),
    event?: LogEvent,
  ): string {
    const { shown, field } = this.names;
    const isNamed = shown !== undefined && shown !== UNNAMED;
    if (output === 'syslog') return syslogRecord(level, isNamed ? `${shown}: ${text}` : text, at);
    const known = this.styleOf(output);
    if (known === 'fields') return journalRecord(level, text, field, event);
    const line = styled(shown === undefined ? 'plain' : known, level, text, shown ?? '', at);
    return `${this.clearProgress()}${line}\n`;
  }

  /** One that another program printed, where it does not go among the messages. */
  printedLine(output: Output, text: string): string {
    return output === 'file' || output === 'syslog' || this.styleOf(output) === 'fields'
      ? this.lineOf(output, 'printed', text, new Date(), 'printed')
      : `${this.clearProgress()}${text}\n`;
  }

  /** For who has called, whatever the names. */
  plainLine(output: Output, level: Level, text: string): string {
    return this.styleOf(output) === 'fields'
      ? this.lineOf(output, level, text)
      : `${styled('plain', level, text, '', new Date())}\n`;
  }

  styleOf(output: Output): Style {
    const known = this.styles.get(output);
    if (known !== undefined) return known;
    const descriptor = DESCRIPTORS[output];
    const style = descriptor === undefined ? 'plain' : styleOf(descriptor, process.env);
    this.styles.set(output, style);
    return style;
  }

  bufferOf(output: Output): LogBuffer {
    const known = this.buffers.get(output);
    if (known !== undefined) return known;
    const buffer = new LogBuffer(this.outletOf(output), (dropped) =>
      this.lineOf(
        output,
        'warning',
        `${dropped} messages were lost here: they came faster than they were read`,
      ),
    );
    this.buffers.set(output, buffer);
    return buffer;
  }

  /** Shows the progress of a long job on a terminal. The next message overwrites it. */
  progress(descriptor: OutletDescriptor, text: string): void {
    this.progressShown = outletPut(descriptor, CLEAR_LINE + text) || this.progressShown;
  }

  /** Gives readers a short time to take the waiting messages. */
  flush(): void {
    const until = performance.now() + LAST_WAIT;
    const left = (): number => Math.max(0, Math.ceil(until - performance.now()));
    for (const [output, buffer] of this.buffers) {
      const descriptor = DESCRIPTORS[output];
      for (buffer.drain(); !buffer.isEmpty && left() > 0; buffer.drain()) sleep(LAST_PAUSE);
      if (descriptor !== undefined) outletFlush(descriptor, left());
    }
    // It has had some of that time already, and goes on afterwards.
    if (this.isCarried) this.endCarrier(Math.max(left(), LEAST_WAIT));
  }

  private endCarrier(wait: number): void {
    const carrier = outletEnd(1, wait);
    if (carrier === undefined) return;
    outletPut(
      2,
      this.plainLine(
        'stderr',
        'warning',
        'the file system of --log-file does not answer: what was said last is written ' +
          `when it does (clsync-log, process ${carrier})`,
      ),
    );
    outletFlush(2, LAST_PAUSE);
  }

  private outletOf(output: Output): Outlet {
    const descriptor = DESCRIPTORS[output];
    if (descriptor === undefined) return syslogOutlet;
    if (this.styleOf(output) === 'fields') return journalOutlet(descriptor);
    return (line) => outletPut(descriptor, line);
  }

  private clearProgress(): string {
    if (!this.progressShown) return '';
    this.progressShown = false;
    return CLEAR_LINE;
  }
}
