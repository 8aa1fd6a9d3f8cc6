/** Messages for people: one event, one line, to stderr, stdout or syslog(3). */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import type * as Winston from 'winston';
import { LEVELS } from '../../shared/report.js';
import type { Level } from '../../shared/report.js';
import { posix } from '../posix.js';

export type Output = 'stderr' | 'stdout' | 'syslog';

export interface LogSettings {
  readonly output: Output;
  /** The least important level that is shown. */
  readonly level: Level;
  /** Nothing at all is shown. */
  readonly quiet: boolean;
}

const PRIORITIES: Readonly<Record<string, string>> = { error: 'err', warning: 'warning', info: 'info' };
const CLEAR_LINE = '\r\x1b[K';
const LEVEL_RANKS = Object.fromEntries(LEVELS.map((level, rank) => [level, rank]));

export class Log {
  /** Made when the first message comes: winston takes longer to load than all the rest, and the roles can start meanwhile. */
  private logger: Winston.Logger | undefined;
  private settings: LogSettings = { output: 'stderr', level: 'info', quiet: false };
  private progressShown = false;

  constructor() {
    // Whoever reads our output may go away; that is no reason to stop mirroring.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  /** Throws ClsyncError (ADDON), and then goes on as before. */
  configure(settings: LogSettings): void {
    if (settings.output === 'syslog') posix();
    this.settings = settings;
    this.logger?.configure(this.options());
  }

  write(level: Level, text: string): void {
    this.logger ??= loadWinston().createLogger(this.options());
    this.logger.log(level, oneLine(text));
  }

  /** Shows how far a long job is, on a terminal only; the next message takes its place. */
  progress(text: string): void {
    const stream = process[this.settings.output === 'stdout' ? 'stdout' : 'stderr'];
    if (this.settings.output === 'syslog' || this.settings.quiet || !stream.isTTY) return;
    stream.write(CLEAR_LINE + oneLine(text));
    this.progressShown = true;
  }

  private options(): Winston.LoggerOptions {
    const { output, level, quiet } = this.settings;
    return { levels: LEVEL_RANKS, level, silent: quiet, transports: [transport(output, () => this.clearProgress())] };
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

function transport(output: Output, before: () => string): Winston.transport {
  const winston = loadWinston();
  if (output === 'syslog') return new winston.transports.Stream({ stream: syslog() });
  const format = winston.format.printf(({ level, message }) => `${before()}${level === 'info' ? '' : `${level}: `}${String(message)}`);
  return new winston.transports.Stream({ stream: process[output], eol: '\n', format });
}

function syslog(): Writable {
  const { openlog, syslog: send } = posix();
  openlog('clsync', { pid: true }, 'daemon');
  return new Writable({
    objectMode: true,
    write(record: { level: string; message: string }, _encoding, done) {
      send(PRIORITIES[record.level] ?? 'debug', record.message);
      done();
    },
  });
}

/** What the other roles and programs say must not end a line or steer a terminal. */
function oneLine(text: string): string {
  return text.trimEnd().replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
