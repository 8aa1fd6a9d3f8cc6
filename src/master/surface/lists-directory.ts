/**
 * The directory of `--lists-dir`, made for the executor where it does not exist, and then removed
 * again at the end.
 */
import { closeSync, fchownSync, lstatSync, rmdirSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { basename, display, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Identity } from '../../shared/specification.js';
import { inDirectory, makePrivateDirectory, openDirectory, reasonOf } from './directory.js';

export class ListsDirectory {
  private identity: Identity | undefined;

  private constructor(
    private readonly path: BytePath,
    private above: number,
    private directory: number,
  ) {}

  /** undefined: there is one already. Throws ClsyncError. @param path absolute */
  static make(path: BytePath): ListsDirectory | undefined {
    return exists(path) ? undefined : new ListsDirectory(path, ...makeAt(path));
  }

  /** Makes it again where someone has removed it. Throws ClsyncError. */
  restore(): void {
    if (exists(this.path)) return;
    const [above, directory] = makeAt(this.path);
    this.close();
    [this.above, this.directory] = [above, directory];
    this.give(this.identity);
  }

  /** Lets the executor use it. */
  give(identity: Identity | undefined): void {
    this.identity = identity;
    if (identity !== undefined) fchownSync(this.directory, identity.uid, identity.gid);
  }

  /**
   * Lists that were to be kept keep it; what someone else put in its place is not ours to remove.
   */
  remove(): void {
    try {
      rmdirSync(inDirectory(this.above, basename(this.path)));
    } catch (error) {
      if (!['ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
    } finally {
      this.close();
    }
  }

  private close(): void {
    closeSync(this.directory);
    closeSync(this.above);
  }
}

function exists(path: BytePath): boolean {
  return lstatSync(toBuffer(path), { throwIfNoEntry: false }) !== undefined;
}

/** Descriptors of the directory above and of the one made. */
function makeAt(path: BytePath): [above: number, directory: number] {
  try {
    const above = openDirectory(parent(path));
    try {
      return [above, makePrivateDirectory(above, basename(path))];
    } catch (error) {
      closeSync(above);
      throw error;
    }
  } catch (error) {
    throw new ClsyncError('CANNOT_WRITE', '--lists-dir', display(path), reasonOf(error));
  }
}
