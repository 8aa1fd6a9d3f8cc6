/** A terminal that a program draws on, and that is as before afterwards. */
import { ReadStream, WriteStream, isatty } from 'node:tty';
import { ClsyncError } from '../../shared/errors.js';
import { print } from '../surface/print.js';
import type { Size } from './top-screen.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** What a terminal is taken for that does not say. */
const USUAL: Size = { columns: 80, rows: 24 };

export class Terminal {
  private readonly input = new ReadStream(0);
  private readonly output = new WriteStream(1);
  private readonly signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

  /**
   * @param pressed is given what was typed, as the terminal sends it @param resized when its size
   * has changed @param ended on a signal, and when the terminal is gone
   */
  private constructor(
    pressed: (keys: string) => void,
    resized: () => void,
    private readonly ended: () => void,
  ) {
    this.input.setRawMode(true);
    this.input.setEncoding('utf8').on('data', (keys: string) => pressed(keys));
    for (const stream of [this.input, this.output]) stream.on('error', ended);
    this.input.on('end', ended);
    this.output.on('resize', resized);
    for (const signal of this.signals) process.on(signal, ended);
    print(ENTER);
  }

  /** Throws ClsyncError where there is none. */
  static open(pressed: (keys: string) => void, resized: () => void, ended: () => void): Terminal {
    if (!isatty(0) || !isatty(1))
      throw new ClsyncError(
        'USAGE',
        'clsync ctl top needs a terminal; programs ask clsync ctl --all --json status',
      );
    return new Terminal(pressed, resized, ended);
  }

  get size(): Size {
    const { columns, rows } = this.output;
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL;
  }

  /** Only what is drawn changes, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    print(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  }

  close(): void {
    for (const signal of this.signals) process.off(signal, this.ended);
    print(LEAVE);
    this.input.setRawMode(false);
    this.input.destroy();
  }
}
