/**
 * The dumps of the inner state, one at a time: where signal 29 puts them, or a client of the
 * socket.
 */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { KeptFile } from '../kept-files.js';
import type { KeptFiles } from '../kept-files.js';
import type { Ledger } from '../ledger.js';
import { cannotWrite } from '../open-path.js';
import type { Member } from '../sandbox/roles.js';
import { Dump } from './dump.js';
import type { DumpSink } from './dump.js';
import { DumpDirectory } from './dump-directory.js';

export class Dumps {
  private isUnderway = false;
  private path: BytePath | undefined;

  /** @param ask asks the roles for their parts, and returns those that there are */
  constructor(
    private readonly files: KeptFiles,
    private readonly ledger: Pick<Ledger, 'subscribe'>,
    private readonly ask: () => readonly Member[],
    private readonly members: () => readonly Member[],
  ) {}

  /**
   * Signal 29 makes this directory (absolute). Where the one above is not there yet, it may come.
   */
  keep(path: BytePath): void {
    if (path === this.path) return;
    this.path = path;
    try {
      this.files.keep('--dump-dir', path);
    } catch {
      this.files.set('--dump-dir', undefined);
    }
  }

  /**
   * Makes a dump in the directory of `keep`, or in `elsewhere` (absolute). Rejects with
   * ClsyncError.
   */
  async write(elsewhere?: BytePath): Promise<void> {
    this.check();
    const place = elsewhere === undefined ? this.kept() : placeAt(elsewhere);
    try {
      const executors = this.members().filter(({ role }) => role === 'executor');
      await this.send(new DumpDirectory(place, executors.length));
    } finally {
      if (elsewhere !== undefined) place.close();
    }
  }

  /** Makes a dump, and closes what it is sent to. Rejects with ClsyncError. */
  async send(sink: DumpSink): Promise<void> {
    this.check();
    this.isUnderway = true;
    let unsubscribe: (() => void) | undefined;
    try {
      // One of several executors may be away.
      const asked = this.ask();
      const dump = new Dump(sink, asked.length > 0 ? asked : this.members());
      unsubscribe = this.ledger.subscribe(dump.follow);
      await dump.complete;
    } finally {
      unsubscribe?.();
      this.isUnderway = false;
    }
  }

  /** Throws ClsyncError. */
  private check(): void {
    if (this.isUnderway) throw new ClsyncError('DUMP_UNDERWAY');
  }

  private kept(): KeptFile {
    const kept = this.files.row('--dump-dir');
    if (kept === undefined) {
      const place = placeAt(this.path as BytePath);
      this.files.set('--dump-dir', place);
      return place;
    }
    kept.follow();
    return kept;
  }
}

function placeAt(path: BytePath): KeptFile {
  try {
    return new KeptFile('--dump-dir', path);
  } catch (error) {
    throw cannotWrite('--dump-dir', display(path), error);
  }
}
