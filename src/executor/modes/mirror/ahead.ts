/**
 * Copies while the source is still walked and not all of it watched, so that a large tree does not
 * wait for its walk. The initial sync compares all of it afterwards: what is done here need not be
 * complete, and nothing that changes meanwhile is lost.
 */
import { statfsSync } from 'node:fs';
import { ROOT, toBuffer } from '../../../shared/bytes.js';
import { ELSEWHERE } from '../../../shared/file-systems.js';
import type { ExecutorSettings } from '../../../shared/settings.js';
import { nulEnded } from '../../lists/excludes.js';
import type { Services } from '../mode.js';
import type { Opened } from './opened.js';
import { stampOf } from './versions.js';
import { RunOption } from './wire.js';

/** Milliseconds in which a small tree is walked: to compare that twice would take longer. */
export const PATIENCE = 100;

const NOTHING = Buffer.alloc(0);

/**
 * Whether all that is in the source is to be copied at once, whatever the walk finds there. Pure.
 * Rules, other mounts and what has not settled are known only after it; with a state directory it
 * says what has changed.
 */
export function mayCopyAhead(settings: ExecutorSettings): boolean {
  return (
    settings.rules.length === 0 &&
    !settings.oneFileSystem &&
    settings.settle === 0 &&
    !settings.skipInitialSync &&
    settings.keepsState !== true &&
    settings.ground === undefined &&
    settings.standbyFile === undefined &&
    settings.paused !== true &&
    !settings.twoWay &&
    settings.verifies === undefined
  );
}

/** Whether change times show afterwards what has changed while it was copied. */
function showsChanges({ source, times }: Opened): boolean {
  try {
    const { type } = statfsSync(toBuffer(source.path));
    return times.changes && !ELSEWHERE.includes(type.toString(16));
  } catch {
    return false;
  }
}

export class Ahead {
  private timer: NodeJS.Timeout | undefined;
  private leave: (() => void) | undefined;
  private isOver = false;
  private run: Promise<unknown> | undefined;

  constructor(private readonly services: Pick<Services, 'settings' | 'refused' | 'report'>) {}

  /**
   * Begins after `PATIENCE`.
   * @param open called then; undefined: not now
   */
  begin(open: () => Promise<Opened | undefined>): void {
    if (!mayCopyAhead(this.services.settings())) return;
    this.isOver = false;
    this.timer = setTimeout(() => {
      void this.attempt(open);
    }, PATIENCE);
  }

  private async attempt(open: () => Promise<Opened | undefined>): Promise<void> {
    try {
      const opened = await open();
      if (opened !== undefined && !this.isOver && showsChanges(opened)) this.start(opened);
    } catch (error) {
      // The initial sync meets it again.
      this.services.report(
        'debug2',
        `nothing is copied before the source is walked: ${String(error)}`,
      );
    }
  }

  /** Begins nothing any longer; resolves when nothing of it is under way. */
  async end(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.timer);
    this.leave?.();
    await this.run;
  }

  private start({ runs }: Opened): void {
    const { settings, refused, report } = this.services;
    const { syncsToDisk, backupDirectory, timeoutSync } = settings();
    report('debug2', 'copying what is missing while the source is still walked');
    this.run = runs.run(
      {
        rows: [{ verb: 'tree', path: ROOT }],
        skipped: refused.all.size === 0 ? NOTHING : nulEnded([...refused.all].sort()),
        contents: NOTHING,
        rules: undefined,
        options:
          RunOption.ahead |
          RunOption.keep |
          (syncsToDisk ? RunOption.fsync : 0) |
          (backupDirectory === undefined ? 0 : RunOption.backup),
        stamp: toBuffer(stampOf(Date.now())),
        timeout: timeoutSync,
      },
      (leave) => (this.leave = leave),
    );
  }
}
