/** The directory of `--lists-dir`, made for the executor where it does not exist, and then removed again at the end. */
import { closeSync, fchownSync, lstatSync, rmdirSync } from 'node:fs';
import { basename, display, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Identity } from '../../shared/specification.js';
import { inDirectory, makePrivateDirectory, openDirectory, reasonOf } from './directory.js';

export class ListsDirectory {
  private constructor(
    private readonly path: BytePath,
    private readonly above: number,
    private readonly directory: number,
  ) {}

  /** undefined: there is one already. Throws ClsyncError. @param path absolute */
  static make(path: BytePath): ListsDirectory | undefined {
    if (lstatSync(toBuffer(path), { throwIfNoEntry: false }) !== undefined) return undefined;
    try {
      const above = openDirectory(parent(path));
      return new ListsDirectory(path, above, makePrivateDirectory(above, basename(path)));
    } catch (error) {
      throw new ClsyncError('CANNOT_WRITE', '--lists-dir', display(path), reasonOf(error));
    }
  }

  /** Lets the executor use it. */
  give(identity: Identity | undefined): void {
    if (identity !== undefined) fchownSync(this.directory, identity.uid, identity.gid);
  }

  /** Lists that were to be kept keep it; what someone else put in its place is not ours to remove. */
  remove(): void {
    try {
      rmdirSync(inDirectory(this.above, basename(this.path)));
    } catch (error) {
      if (!['ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    } finally {
      closeSync(this.directory);
      closeSync(this.above);
    }
  }
}
