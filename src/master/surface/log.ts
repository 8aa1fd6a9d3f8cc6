/**
 * Messages for people, one line each, to stderr, stdout, a file or syslog(3). The reader may be slow,
 * stuck or gone: logging never blocks.
 */
import { closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type * as Winston from 'winston';
import { ClsyncError } from '../../shared/errors.js';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { shareStandardStreams } from '../../shared/standard-streams.js';
import { outletFlush, outletPut, replaceDescriptor } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import { styled, styleOf } from './line-style.js';
import type { Style } from './line-style.js';
import { LogBuffer } from './log-buffer.js';
import type { Outlet } from './log-buffer.js';
import { sleep } from '../sleep.js';
import { syslogOutlet, syslogRecord } from './syslog.js';

export type Output = 'stderr' | 'stdout' | 'file' | 'syslog';

export interface LogSettings {
  readonly output: Output;
  /**
   * The least important level that is shown. Undefined: news, but only warnings where a pipe or file
   * was given as stderr or stdout, whose reader expects nothing of a healthy daemon.
   */
  readonly level: Level | undefined;
  /** Nothing is shown but why the daemon has ended. */
  readonly quiet: boolean;
}

/** The file takes the place of stdout, where nothing else is written then. */
const DESCRIPTORS: Readonly<Record<Output, OutletDescriptor | undefined>> = {
  stdout: 1,
  stderr: 2,
  file: 1,
  syslog: undefined,
};
/** The name of a daemon that was given none. */
export const UNNAMED = 'clsync';
const CLEAR_LINE = '\r\x1b[K';
const LEVEL_RANKS = Object.fromEntries(LEVELS.map((level, rank) => [level, rank]));
/** The most characters of a message: an outlet must be able to take it whole (64 KiB of UTF-8). */
const LENGTH_MAX = 16 << 10;
/** Milliseconds that the end of the daemon waits for the reader. */
const LAST_WAIT = 300;
/** Milliseconds between two tries during that wait. */
const LAST_PAUSE = 2;

export class Log {
  /**
   * Made for the first message: loading winston takes longer than everything else, and the roles
   * can start meanwhile.
   */
  private logger: Winston.Logger | undefined;
  private settings: LogSettings = { output: 'stderr', level: undefined, quiet: false };
  /** The name of the daemon; undefined: there is none yet, and lines are for who has called. */
  private instance: string | undefined;
  private progressShown = false;
  private hasStarted = false;
  private readonly styles = new Map<Output, Style>();
  private readonly buffers = new Map<Output, LogBuffer>();
  /** The outputs that are still open: a daemon in the background closes the others. */
  private left: readonly Output[] = ['stderr', 'stdout', 'file', 'syslog'];

  constructor() {
    shareStandardStreams((descriptor, text) => void outletPut(descriptor, text));
  }

  /**
   * Changes the settings. Throws ClsyncError (CONFLICT) when the new output has been closed; then
   * nothing changes.
   */
  configure(settings: LogSettings): void {
    const output = this.left[0] === 'file' ? 'file' : settings.output;
    if (!this.left.includes(output))
      throw new ClsyncError(
        'CONFLICT',
        '--output',
        `the daemon let ${settings.output} go when it went to the background`,
      );
    this.settings = { ...settings, output };
    this.logger?.configure(this.options());
  }

  /** From now on lines say when, and by whom, they were written. @param instance its name */
  begin(instance: string): void {
    this.instance = instance;
    this.logger?.configure(this.options());
  }

  /**
   * Messages go to this open file, which is closed here, from now on and whatever `configure` says;
   * may be called again.
   */
  writeTo(file: number): void {
    replaceDescriptor(1, file);
    closeSync(file);
    if (this.settings.output === 'file') return;
    this.left = ['file'];
    this.configure({ ...this.settings, output: 'file' });
  }

  /** Whether a file was opened to write to. */
  get hasFile(): boolean {
    return this.settings.output === 'file';
  }

  /** The descriptor that messages go to; undefined: none. */
  get descriptor(): OutletDescriptor | undefined {
    return DESCRIPTORS[this.settings.output];
  }

  /** Gives up stdout and stderr as outputs, except the present one. */
  letOthersGo(): void {
    if (!this.hasFile) this.left = [this.settings.output, 'syslog'];
  }

  /** Where messages go. */
  get output(): Output {
    return this.settings.output;
  }

  /** A line that another program printed, without anything that could mislead who reads it. */
  printed(output: Output, line: string): void {
    if (output === 'syslog') {
      if (!this.settings.quiet) this.bufferOf(output).push(this.lineOf(output, 'printed', line));
    } else
      this.bufferOf(output).push(
        output === 'file'
          ? this.lineOf(output, 'printed', line)
          : `${this.clearProgress()}${line}\n`,
      );
  }

  /** What another program printed, byte for byte. */
  printedBytes(output: Exclude<Output, 'syslog'>, bytes: Buffer): void {
    this.bufferOf(output).push(bytes);
  }

  /** Whether who prints has to wait. The system's log loses what it cannot take. */
  waits(output: Output): boolean {
    return output !== 'syslog' && !this.bufferOf(output).isEmpty;
  }

  /** Whether there is room for what is read ahead of its turn. */
  hasRoom(output: Output): boolean {
    return !this.bufferOf(output).isCrowded;
  }

  /** Calls `action` once nobody has to wait. */
  whenTaken(output: Output, action: () => void): void {
    this.bufferOf(output).whenTaken(action);
  }

  /** Loads what messages need, which cannot be read later. */
  prepare(): void {
    this.logger ??= loadWinston().createLogger(this.options());
  }

  write(level: Level, text: string): void {
    this.logger ??= loadWinston().createLogger(this.options());
    this.logger.log(level, oneLine(text));
  }

  /** Why the daemon ends, which is shown whatever the options say. */
  last(text: string): void {
    this.settings = { ...this.settings, quiet: false };
    // Until it has started, it is whoever called that reads it.
    if (!this.hasStarted && !this.hasFile) this.instance = undefined;
    this.logger?.configure(this.options());
    this.write('error', text);
    // Who has started it does not read the file.
    if (this.hasFile && !this.hasStarted) this.bufferOf('stderr').push(`error: ${oneLine(text)}\n`);
  }

  /** The start is over: what is said from now on is for readers of the log alone. */
  started(): void {
    this.hasStarted = true;
  }

  /** Shows the progress of a long job, on a terminal only. The next message overwrites it. */
  progress(text: string): void {
    const { descriptor } = this;
    if (
      descriptor === undefined ||
      this.settings.quiet ||
      !isatty(descriptor) ||
      !this.buffer().isEmpty
    )
      return;
    this.progressShown = outletPut(descriptor, CLEAR_LINE + oneLine(text)) || this.progressShown;
  }

  /**
   * Called at the end of the daemon: gives the reader a short time to take the waiting messages.
   */
  flush(): void {
    const until = performance.now() + LAST_WAIT;
    const left = (): number => Math.max(0, Math.ceil(until - performance.now()));
    for (const [output, buffer] of this.buffers) {
      const descriptor = DESCRIPTORS[output];
      for (buffer.drain(); !buffer.isEmpty && left() > 0; buffer.drain()) sleep(LAST_PAUSE);
      if (descriptor !== undefined) outletFlush(descriptor, left());
    }
  }

  private options(): Winston.LoggerOptions {
    const winston = loadWinston();
    const { quiet } = this.settings;
    const stream = new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, done) => {
        this.buffer().push(line);
        done();
      },
    });
    const format = winston.format.printf((record) =>
      this.lineOf(this.settings.output, record.level as Level, String(record.message)),
    );
    return {
      levels: LEVEL_RANKS,
      level: this.level,
      silent: quiet,
      transports: [new winston.transports.Stream({ stream, eol: '', format })],
    };
  }

  /** The least important level that is shown. */
  get level(): Level {
    const { level, output } = this.settings;
    const isForPeople = output === 'file' || this.styleOf(output) === 'plain';
    return level ?? (isForPeople ? 'info' : 'warning');
  }

  private lineOf(output: Output, level: Level | 'printed', text: string): string {
    const isNamed = this.instance !== undefined && this.instance !== UNNAMED;
    if (output === 'syslog')
      return syslogRecord(level, isNamed ? `${this.instance}: ${text}` : text);
    const style = this.instance === undefined ? 'plain' : this.styleOf(output);
    const line = styled(style, level, text, this.instance ?? '', new Date());
    return `${this.clearProgress()}${line}\n`;
  }

  private styleOf(output: Output): Style {
    const known = this.styles.get(output);
    if (known !== undefined) return known;
    const descriptor = DESCRIPTORS[output];
    const style = descriptor === undefined ? 'plain' : styleOf(descriptor, process.env);
    this.styles.set(output, style);
    return style;
  }

  private buffer(): LogBuffer {
    return this.bufferOf(this.settings.output);
  }

  private bufferOf(output: Output): LogBuffer {
    const descriptor = DESCRIPTORS[output];
    const known = this.buffers.get(output);
    if (known !== undefined) return known;
    const outlet: Outlet =
      descriptor === undefined ? syslogOutlet : (line) => outletPut(descriptor, line);
    const buffer = new LogBuffer(outlet, (dropped) =>
      this.lineOf(
        output,
        'warning',
        `${dropped} messages were lost here: they came faster than they were read`,
      ),
    );
    this.buffers.set(output, buffer);
    return buffer;
  }

  private clearProgress(): string {
    if (!this.progressShown) return '';
    this.progressShown = false;
    return CLEAR_LINE;
  }
}

function loadWinston(): typeof Winston {
  return createRequire(import.meta.url)('winston') as typeof Winston;
}

/**
 * Escapes control characters: text of roles and programs must not end a line or control a terminal.
 */
export function oneLine(text: string): string {
  return text
    .trimEnd()
    .slice(0, LENGTH_MAX)
    .replace(
      /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .slice(0, LENGTH_MAX);
}
