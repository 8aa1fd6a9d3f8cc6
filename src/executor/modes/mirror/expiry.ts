/** Removes old versions that are kept no longer (`--backup-keep`): at the start, and every hour. */
import { display } from '../../../shared/bytes.js';
import { namesOf } from '../../lists/tree.js';
import type { Services } from '../mode.js';
import { messageOf } from './outcomes.js';
import type { Opened } from './opened.js';
import { expired } from './versions.js';

const HOUR = 60 * 60 * 1000;
const NOTHING = Buffer.alloc(0);

export class Expiry {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly services: Pick<Services, 'settings' | 'report'>) {}

  /** Nothing waits for it. */
  begin(opened: Opened): void {
    const { backupDirectory, backupKeep } = this.services.settings();
    if (backupDirectory === undefined || backupKeep === 0) return;
    this.timer = setInterval(() => void this.remove(opened), HOUR).unref();
    void this.remove(opened);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async remove({ runs }: Opened): Promise<void> {
    const { settings, report } = this.services;
    const { backupDirectory, backupKeep } = settings();
    if (backupDirectory === undefined) return;
    const names = expired(namesOf(backupDirectory), Date.now(), backupKeep);
    if (names.length === 0) return;
    const end = await runs.run({
      rows: names.map((path) => ({ verb: 'remove', path })),
      skipped: NOTHING,
      contents: NOTHING,
      rules: undefined,
      options: 0,
      stamp: NOTHING,
      timeout: 0,
    });
    const failed = end === 'hangs' ? [] : end.findings.filter((found) => found.kind === 'failed');
    report('info', `old versions removed (--backup-keep): ${names.length - failed.length}`);
    for (const { path, errno } of failed)
      report('warning', `not removed (--backup-keep): ${display(path)}: ${messageOf(errno)}`);
  }
}
