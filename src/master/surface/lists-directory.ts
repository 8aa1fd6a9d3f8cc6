/**
 * The directory of `--lists-dir`. If it does not exist, the master makes it for the executor and
 * removes it at the end.
 */
import { closeSync, fchownSync, lstatSync, rmdirSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { basename, display, parent, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Identity } from '../../shared/specification.js';
import { inDirectory, openDirectory, cannotWrite } from '../open-path.js';
import { makePrivateDirectory } from '../held-directory.js';

export class ListsDirectory {
  private identity: Identity | undefined;
  private again: (() => void) | undefined;

  private constructor(
    readonly path: BytePath,
    private above: number,
    private directory: number,
  ) {}

  /** As `make`, those of all destinations; of several only if all can be. */
  static makeAll(
    paths: readonly (BytePath | undefined)[],
  ): readonly (ListsDirectory | undefined)[] {
    const made: (ListsDirectory | undefined)[] = [];
    try {
      for (const path of paths) made.push(path && ListsDirectory.make(path));
      return made;
    } catch (error) {
      for (const one of made) one?.remove();
      throw error;
    }
  }

  /** Makes the directory; undefined: it exists already. Throws ClsyncError. @param path absolute */
  static make(path: BytePath): ListsDirectory | undefined {
    return exists(path) ? undefined : new ListsDirectory(path, ...makeAt(path));
  }

  /** Makes the directory again if it has been removed. Throws ClsyncError. */
  restore(): void {
    if (this.again !== undefined) return this.again();
    if (exists(this.path)) return;
    const [above, directory] = makeAt(this.path);
    this.close();
    [this.above, this.directory] = [above, directory];
    this.give(this.identity);
  }

  /** Another process makes it again, and removes it. @param again throws ClsyncError */
  handOver(again: () => void): void {
    this.again = again;
  }

  /** Gives the directory to the executor's ids. */
  give(identity: Identity | undefined): void {
    this.identity = identity;
    if (identity !== undefined) fchownSync(this.directory, identity.uid, identity.gid);
  }

  /**
   * Removes the directory. It stays if it holds lists to be kept, and whatever another user put in
   * its place stays too.
   */
  remove(): void {
    if (this.again !== undefined) return this.close();
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

/** Makes the directory. Returns descriptors of its parent and of itself. */
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
    throw cannotWrite('--lists-dir', display(path), error);
  }
}
