/** Makes changes and refusals from findings and adds them to what waits to be sent. */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { EntryFlag, ObjectType } from '../../shared/entry.js';
import type { WatcherSettings } from '../../shared/settings.js';
import { CONTENT } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import { entryOfEvent, goneEntry, linkedEntry, overlongEntry } from './entries.js';
import type { Pending } from './pending.js';
import { Signatures } from './signatures.js';

export class Changes {
  private readonly signatures: Signatures | undefined;

  constructor(
    private readonly settings: WatcherSettings,
    private readonly pending: Pending,
    private readonly now: () => number,
  ) {
    this.signatures = settings.modificationSignature.length > 0 ? new Signatures() : undefined;
  }

  /**
   * The findings of one look, whose origins are from before all of them, with origins as a consumer
   * of what was taken has them.
   */
  withOrigins(findings: readonly Finding[]): readonly Finding[] {
    if (findings.every(({ origin }) => origin === undefined)) return findings;
    return findings.map((found) => {
      const { path, origin } = found;
      return origin === undefined
        ? found
        : { ...found, origin: this.pending.originOf(origin, path) };
    });
  }

  /** An object of which there are events. @param flags `EntryFlag` bits that are known of it */
  object(found: Finding, flags = 0): void {
    if (this.signatures !== undefined && !hasChanged(this.signatures, found)) return;
    // A handler that gets directories as a whole removes an absent one with all that was in it.
    const implied = this.isWhole && found.type === ObjectType.absent ? EntryFlag.implied : 0;
    this.pending.add(entryOfEvent(found, this.settings.bigFileThreshold, flags | implied));
    if (found.detail === CONTENT) this.refused(found);
  }

  /**
   * What the executor compares with what it has synced before (`--state-dir`), and syncs if it
   * differs: for later events it counts as synced.
   */
  listed({ path, signatureLow, signatureHigh }: Finding): void {
    this.signatures?.changed(path, signatureLow, signatureHigh);
  }

  /**
   * A directory was moved within the tree: told at once, with its old name, and not only when the
   * walk of it is over.
   */
  moved(found: Finding): void {
    if (this.settings.movesDirectories) this.pending.add(entryOfEvent(found, 0, 0));
  }

  /** A directory is gone from its path. */
  gone({ path }: Finding): void {
    this.signatures?.drop(path);
    this.pending.add(goneEntry(path, this.now()));
  }

  /** Only a directory that is synced as a whole needs to know what to leave out. */
  refused({ path, detail }: Finding): void {
    if (this.isWhole) this.pending.refuse({ path, contentOnly: detail === CONTENT });
  }

  /** A refused object has gone. */
  refusedIsGone({ path }: Finding): void {
    this.pending.release(path);
  }

  /** A name in this directory makes a path longer than PATH_MAX. */
  overlong({ path }: Finding): void {
    if (this.isWhole && path !== ROOT) this.pending.add(overlongEntry(path, this.now()));
  }

  /** Another name of an inode. */
  linked(path: BytePath): void {
    this.pending.add(linkedEntry(path, this.now()));
  }

  private get isWhole(): boolean {
    return this.settings.detail === 'recursive';
  }
}

function hasChanged(signatures: Signatures, { path, type, ...found }: Finding): boolean {
  if (type !== ObjectType.absent)
    return signatures.changed(path, found.signatureLow, found.signatureHigh);
  signatures.drop(path);
  return true;
}
