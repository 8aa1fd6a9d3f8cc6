/** Says when the file system of `--state-dir` does not answer, as no sync begins before it does. */
import type { Level } from '../shared/report.js';

/** Milliseconds without a word of the executor, which says one a second while it uses the state. */
const PATIENCE = 10_000;

export class StateAnswers {
  private timer: NodeJS.Timeout | undefined;
  private isMissed = false;

  constructor(private readonly say: (level: Level, text: string) => void) {}

  /** @param isUsed it is, and has answered; else it is not used any longer */
  heard(isUsed: boolean): void {
    this.end();
    if (this.isMissed) this.say('info', '--state-dir: its file system answers again');
    this.isMissed = false;
    if (isUsed) this.timer = setTimeout(() => this.miss(), PATIENCE).unref();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private miss(): void {
    this.isMissed = true;
    this.say(
      'error',
      '--state-dir: its file system does not answer: syncs wait, as none may begin that is not noted',
    );
  }
}
