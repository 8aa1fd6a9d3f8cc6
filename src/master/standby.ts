/**
 * Whether the file of `--standby-file` is there. What does not answer holds up nothing: it is taken
 * as not there, which is said.
 */
import { display, ROOT } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Level } from '../shared/report.js';
import { codeOf } from '../shared/system-errors.js';
import { Ways } from './ground/ways.js';
import type { Monitor } from './monitor/monitor.js';
import { NoAnswer } from './no-answer.js';

type Sight = 'there' | 'not there' | 'no answer';

export class Standby {
  /** That did not answer, when it was looked at last. */
  private silent: BytePath | undefined;
  /** Who waits for an answer. */
  private readonly waiting = new Set<unknown>();

  constructor(
    private readonly monitor: Pick<Monitor, 'knows' | 'look'>,
    private readonly say: (level: Level, text: string) => void,
  ) {}

  /**
   * Answers once what has been read of messages is heard: at most one look for each who asks.
   * Returns false where `who` has not waited for the answer before.
   */
  ask(who: unknown, path: () => BytePath | undefined, answer: (isThere: boolean) => void): boolean {
    if (this.waiting.has(who)) return false;
    this.waiting.add(who);
    setImmediate(() => {
      this.waiting.delete(who);
      answer(this.isThere(path()));
    });
    return true;
  }

  private isThere(path: BytePath | undefined): boolean {
    if (path === undefined) return false;
    const sight = this.monitor.knows(path) ? this.byMonitor(path) : seen(path);
    const silent = sight === 'no answer' ? path : undefined;
    if (silent !== this.silent) this.tell(path, silent !== undefined);
    this.silent = silent;
    return sight === 'there';
  }

  private byMonitor(path: BytePath): Sight {
    try {
      this.monitor.look(path);
      return 'there';
    } catch (error) {
      if (error instanceof NoAnswer) return 'no answer';
      // A symbolic link has the name.
      return codeOf(error) === 'ELOOP' ? 'there' : 'not there';
    }
  }

  private tell(path: BytePath, isSilent: boolean): void {
    const where = `--standby-file: the file system of ${display(path)}`;
    if (!isSilent) this.say('info', `${where} answers again`);
    else this.say('error', `${where} does not answer: the file is taken as not there`);
  }
}

/** A path that was named later, which the monitor does not know. */
function seen(path: BytePath): Sight {
  const ways = new Ways([], [path]);
  try {
    if (ways.names.some(([, name]) => name === ROOT)) return 'there';
    return ways.complete ? 'not there' : 'no answer';
  } finally {
    ways.close();
  }
}
