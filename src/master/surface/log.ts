/**
 * Messages for people: one event, one line, to stderr, stdout or syslog(3). Whoever reads them may
 * be slow, stuck or gone: nothing here waits for him.
 */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type * as Winston from 'winston';
import { ClsyncError } from '../../shared/errors.js';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { shareStandardStreams } from '../../shared/standard-streams.js';
import { outletFlush, outletPut } from '../native.js';
import type { OutletDescriptor } from '../native.js';
import { LogBuffer } from './log-buffer.js';
import type { Outlet } from './log-buffer.js';
import { syslogOutlet, syslogRecord } from './syslog.js';

export type Output = 'stderr' | 'stdout' | 'syslog';

export interface LogSettings {
  readonly output: Output;
  /** The least important level that is shown. */
  readonly level: Level;
  /** Nothing at all is shown. */
  readonly quiet: boolean;
}

const DESCRIPTORS: Readonly<Record<Output, OutletDescriptor | undefined>> = {
  stdout: 1,
  stderr: 2,
  syslog: undefined,
};
const CLEAR_LINE = '\r\x1b[K';
const LEVEL_RANKS = Object.fromEntries(LEVELS.map((level, rank) => [level, rank]));
/** Characters of a message; an outlet must hold it. */
const LENGTH_MAX = 16 << 10;
/** Milliseconds that the end waits for who reads. */
const LAST_WAIT = 300;
/** Milliseconds between two tries then. */
const LAST_PAUSE = 2;

export class Log {
  /**
   * Made when the first message comes: winston takes longer to load than all the rest, and the
   * roles can start meanwhile.
   */
  private logger: Winston.Logger | undefined;
  private settings: LogSettings = { output: 'stderr', level: 'info', quiet: false };
  private progressShown = false;
  private readonly buffers = new Map<Output, LogBuffer>();
  /** Where messages can still go, once the daemon has let the others go. */
  private left: readonly Output[] = ['stderr', 'stdout', 'syslog'];

  constructor() {
    shareStandardStreams((descriptor, text) => void outletPut(descriptor, text));
  }

  /**
   * Throws ClsyncError (CONFLICT) when the output is no longer there, and then goes on as before.
   */
  configure(settings: LogSettings): void {
    if (!this.left.includes(settings.output))
      throw new ClsyncError(
        'CONFLICT',
        '--output',
        `the daemon let ${settings.output} go when it went to the background`,
      );
    this.settings = settings;
    this.logger?.configure(this.options());
  }

  /** The descriptor that messages go to; undefined: none. */
  get descriptor(): OutletDescriptor | undefined {
    return DESCRIPTORS[this.settings.output];
  }

  /** Of stdout and stderr only what messages go to now is there from now on. */
  letOthersGo(): void {
    this.left = [this.settings.output, 'syslog'];
  }

  write(level: Level, text: string): void {
    this.logger ??= loadWinston().createLogger(this.options());
    this.logger.log(level, oneLine(text));
  }

  /** Shows how far a long job is, on a terminal only; the next message takes its place. */
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

  /** At the end: gives who reads a moment for what waits. */
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
    const { level, quiet } = this.settings;
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
      level,
      silent: quiet,
      transports: [new winston.transports.Stream({ stream, eol: '', format })],
    };
  }

  private lineOf(output: Output, level: Level, text: string): string {
    if (output === 'syslog') return syslogRecord(level, text);
    return `${this.clearProgress()}${level === 'info' ? '' : `${level}: `}${text}\n`;
  }

  private buffer(): LogBuffer {
    const { output } = this.settings;
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

/** Of all there is, where nothing else is to be done. */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function loadWinston(): typeof Winston {
  return createRequire(import.meta.url)('winston') as typeof Winston;
}

/** What the other roles and programs say must not end a line or steer a terminal. */
function oneLine(text: string): string {
  return text
    .trimEnd()
    .slice(0, LENGTH_MAX)
    .replace(
      /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}
