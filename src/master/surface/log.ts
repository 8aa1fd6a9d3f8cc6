/**
 * Messages for people, one line each, to stderr, stdout, a file or syslog(3). The reader may be
 * slow, stuck or gone: logging never blocks.
 */
import { closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type * as Winston from 'winston';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { isShown, LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { shareStandardStreams } from '../../shared/standard-streams.js';
import { outletFlush, outletPut, replaceDescriptor } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import { EarlyMessages } from './early-messages.js';
import { styled, styleOf } from './line-style.js';
import type { Style } from './line-style.js';
import { LogBuffer } from './log-buffer.js';
import type { Outlet } from './log-buffer.js';
import { oneLine } from './one-line.js';
import { sleep } from '../sleep.js';
import { syslogOutlet, syslogRecord } from './syslog.js';

export type Output = 'stderr' | 'stdout' | 'file' | 'syslog';

export interface LogSettings {
  readonly output: Output;
  /**
   * The least important level that is shown. Undefined: news, but only warnings where a pipe or
   * file was given as stderr or stdout, whose reader expects nothing of a healthy daemon.
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
/** Milliseconds that the end of the daemon waits for the reader, and between two tries. */
const [LAST_WAIT, LAST_PAUSE] = [300, 2] as const;

export class Log {
  /**
   * Undefined: winston is not loaded yet. That takes some 20 ms, and the roles can start meanwhile.
   */
  private logger: Winston.Logger | undefined;
  private readonly early = new EarlyMessages(() => this.prepare());
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
    this.takeEarly();
    this.settings = { ...settings, output };
    this.logger?.configure(this.options());
  }

  /** From now on lines say when, and by whom, they were written. @param instance its name */
  begin(instance: string): void {
    this.takeEarly();
    this.instance = instance;
    this.logger?.configure(this.options());
  }

  /**
   * Messages go to this open file, which is closed here, from now on and whatever `configure` says;
   * may be called again.
   */
  writeTo(file: number): void {
    this.takeEarly();
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
    this.takeEarly();
    if (!this.hasFile) this.left = [this.settings.output, 'syslog'];
  }

  /** Where messages go. */
  get output(): Output {
    return this.settings.output;
  }

  /** A line that another program printed, without anything that could mislead who reads it. */
  printed(output: Output, line: string): void {
    this.takeEarly();
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
    this.takeEarly();
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

  /** Loads what messages need, which cannot be read later, and writes those that wait for it. */
  prepare(): void {
    this.logger ??= loadWinston().createLogger(this.options());
    for (const { level, text, at } of this.early.take()) this.logger.log(level, text, { at });
  }

  write(level: Level, text: string): void {
    if (this.logger !== undefined) this.logger.log(level, oneLine(text), { at: new Date() });
    else if (!this.settings.quiet && isShown(level, this.level))
      this.early.add(level, oneLine(text), this.descriptor);
  }

  /** Why the daemon ends, which is shown whatever the options say. */
  last(text: string): void {
    this.takeEarly();
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
    this.takeEarly();
    const { descriptor } = this;
    if (
      descriptor === undefined ||
      this.settings.quiet ||
      !isatty(descriptor) ||
      !this.bufferOf(this.settings.output).isEmpty
    )
      return;
    this.progressShown = outletPut(descriptor, CLEAR_LINE + oneLine(text)) || this.progressShown;
  }

  /**
   * Called at the end of the daemon: gives the reader a short time to take the waiting messages.
   */
  flush(): void {
    this.takeEarly();
    const until = performance.now() + LAST_WAIT;
    const left = (): number => Math.max(0, Math.ceil(until - performance.now()));
    for (const [output, buffer] of this.buffers) {
      const descriptor = DESCRIPTORS[output];
      for (buffer.drain(); !buffer.isEmpty && left() > 0; buffer.drain()) sleep(LAST_PAUSE);
      if (descriptor !== undefined) outletFlush(descriptor, left());
    }
  }

  /** Before anything changes about them, or comes after them. */
  private takeEarly(): void {
    if (!this.early.isEmpty) this.prepare();
  }

  private options(): Winston.LoggerOptions {
    const { printf, Stream } = loadWinston();
    const { quiet } = this.settings;
    const stream = new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, done) => {
        this.bufferOf(this.settings.output).push(line);
        done();
      },
    });
    const format = printf(({ level, message, at }) =>
      this.lineOf(this.settings.output, level as Level, String(message), at as Date),
    );
    return {
      levels: LEVEL_RANKS,
      level: this.level,
      silent: quiet,
      transports: [new Stream({ stream, eol: '', format })],
    };
  }

  /** The least important level that is shown. */
  get level(): Level {
    const { level, output } = this.settings;
    const isForPeople = output === 'file' || this.styleOf(output) === 'plain';
    return level ?? (isForPeople ? 'info' : 'warning');
  }

  private lineOf(output: Output, level: Level | 'printed', text: string, at = new Date()): string {
    const isNamed = this.instance !== undefined && this.instance !== UNNAMED;
    if (output === 'syslog')
      return syslogRecord(level, isNamed ? `${this.instance}: ${text}` : text, at);
    const style = this.instance === undefined ? 'plain' : this.styleOf(output);
    const line = styled(style, level, text, this.instance ?? '', at);
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

function loadWinston(): typeof import('./winston.js') {
  return createRequire(import.meta.url)(FILES.winston) as typeof import('./winston.js');
}
