/**
 * Messages for people, one line each, to stderr, stdout, a file or syslog(3). The reader may be
 * slow, stuck or gone: logging never blocks.
 */
import { closeSync, fstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type * as Winston from 'winston';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { isShown, LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { shareStandardStreams } from '../../shared/standard-streams.js';
import { outletPut, replaceDescriptor } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import { EarlyMessages } from './early-messages.js';
import type { LogEvent } from './journal.js';
import { DESCRIPTORS, LogOutputs } from './log-outputs.js';
import type { Names, Output } from './log-outputs.js';
import { oneLine } from './one-line.js';

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

const LEVEL_RANKS = Object.fromEntries(LEVELS.map((level, rank) => [level, rank]));
export class Log {
  /**
   * Undefined: winston is not loaded yet. That takes some 20 ms, and the roles can start meanwhile.
   */
  private logger: Winston.Logger | undefined;
  private readonly early = new EarlyMessages(() => this.prepare());
  private settings: LogSettings = { output: 'stderr', level: undefined, quiet: false };
  private hasStarted = false;
  private readonly outputs = new LogOutputs();
  /** The outputs that are still open: a daemon in the background closes the others. */
  private left: readonly Output[] = ['stderr', 'stdout', 'file', 'syslog'];
  /** Leads to the process that writes to the file. */
  private carrier: Socket | undefined;

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
        'leave it out',
      );
    this.takeEarly();
    this.settings = { ...settings, output };
    this.logger?.configure(this.options());
  }

  /** From now on lines say when, and by whom, they were written. */
  begin(names: Names): void {
    this.takeEarly();
    this.outputs.names = names;
    this.logger?.configure(this.options());
  }

  /**
   * Messages go to this open file, which is closed here, from now on and whatever `configure` says;
   * may be called again.
   * @param file may be a socket to a process that writes to it
   * @param lost called when that process has ended, whatever ended it
   */
  writeTo(file: number, lost: () => void): void {
    this.takeEarly();
    replaceDescriptor(1, file);
    this.carrier?.destroy();
    this.carrier = undefined;
    this.outputs.isCarried = fstatSync(file).isSocket();
    if (this.outputs.isCarried) this.carrier = carrierOf(file, lost);
    else closeSync(file);
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
    if (output === 'syslog' && this.settings.quiet) return;
    this.outputs.bufferOf(output).push(this.outputs.printedLine(output, line));
  }

  /** What another program printed, byte for byte. */
  printedBytes(output: Exclude<Output, 'syslog'>, bytes: Buffer): void {
    this.takeEarly();
    this.outputs.bufferOf(output).push(bytes);
  }

  /** Whether who prints has to wait. The system's log loses what it cannot take. */
  waits(output: Output): boolean {
    return output !== 'syslog' && !this.outputs.bufferOf(output).isEmpty;
  }

  /** Whether there is room for what is read ahead of its turn. */
  hasRoom(output: Output): boolean {
    return !this.outputs.bufferOf(output).isCrowded;
  }

  /** Calls `action` once nobody has to wait. */
  whenTaken(output: Output, action: () => void): void {
    this.outputs.bufferOf(output).whenTaken(action);
  }

  /** Loads what messages need, which cannot be read later, and writes those that wait for it. */
  prepare(): void {
    this.logger ??= loadWinston().createLogger(this.options());
    for (const { level, text, at, event } of this.early.take())
      this.logger.log(level, text, { at, event });
  }

  /** @param event what it is about, for programs that read the journal */
  write(level: Level, text: string, event?: LogEvent): void {
    if (this.logger !== undefined) this.logger.log(level, oneLine(text), { at: new Date(), event });
    else if (!this.settings.quiet && isShown(level, this.level))
      this.early.add({ level, text: oneLine(text), at: new Date(), event }, this.descriptor);
  }

  /** Why the daemon ends, which is shown whatever the options say. */
  last(text: string): void {
    this.takeEarly();
    this.settings = { ...this.settings, quiet: false };
    // Until it has started, it is whoever called that reads it.
    if (!this.hasStarted && !this.hasFile)
      this.outputs.names = { ...this.outputs.names, shown: undefined };
    this.logger?.configure(this.options());
    this.write('error', text, 'ended');
    // Who has started it does not read the file.
    if (this.hasFile && !this.hasStarted) {
      const { outputs } = this;
      outputs.bufferOf('stderr').push(outputs.plainLine('stderr', 'error', oneLine(text)));
    }
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
      !this.outputs.bufferOf(this.settings.output).isEmpty
    )
      return;
    this.outputs.progress(descriptor, oneLine(text));
  }

  /**
   * Called at the end of the daemon: gives the reader a short time to take the waiting messages.
   */
  flush(): void {
    this.takeEarly();
    this.outputs.flush();
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
        this.outputs.bufferOf(this.settings.output).push(line);
        done();
      },
    });
    const format = printf(({ level, message, at, event }) =>
      this.outputs.lineOf(
        this.settings.output,
        level as Level,
        String(message),
        at as Date,
        event as LogEvent | undefined,
      ),
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
    const isForPeople = output === 'file' || this.outputs.styleOf(output) !== 'stamped';
    return level ?? (isForPeople ? 'info' : 'warning');
  }
}

/** Whoever writes to it never sends anything: what comes is its end. */
function carrierOf(fd: number, lost: () => void): Socket {
  return new Socket({ fd, readable: true, writable: false })
    .on('error', () => undefined)
    .on('end', lost)
    .resume()
    .unref();
}

function loadWinston(): typeof import('./winston.js') {
  return createRequire(import.meta.url)(FILES.winston) as typeof import('./winston.js');
}
