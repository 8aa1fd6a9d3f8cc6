/**
 * A directory that the roles are bound to, as the master sees it. The roles cannot tell whether it
 * is still the one at its path: their view shows them the directory it was made with, wherever that
 * has gone.
 */
import { accessSync, constants } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { display, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { ErrorCode } from '../../shared/errors.js';
import { existingDirectory, resolveLinks } from '../paths.js';
import { difference, identify, isSame, whereabouts } from './identity.js';
import type { DirectoryIdentity } from './identity.js';

interface Kind {
  /** The option that names it. */
  readonly option: string;
  /** Why there is nothing to take. */
  readonly gone: ErrorCode;
  /** Why what is there is not taken; undefined: whatever comes to the path is. */
  readonly other?: ErrorCode;
}

const KINDS = {
  // An empty mount point in place of the source would empty the mirror.
  source: { option: '--watch-dir', gone: 'WATCH_DIR_GONE', other: 'WATCH_DIR_OTHER' },
  destination: { option: '--destination-dir', gone: 'DESTINATION_GONE' },
  lists: { option: '--lists-dir', gone: 'LISTS_DIR_GONE' },
} as const satisfies Record<string, Kind>;
export type PlaceKind = keyof typeof KINDS;

/** Why a place cannot be used now. */
export class Obstacle extends ClsyncError {}

export class Place {
  private taken: DirectoryIdentity | undefined;
  private readonly row: Kind;
  /** Where the path leads; a link that comes into it later may be another user's. */
  private readonly resolved: BytePath;

  /** @param path absolute, of a directory that exists. Throws ClsyncError. */
  constructor(
    readonly kind: PlaceKind,
    readonly path: BytePath,
  ) {
    this.row = KINDS[kind];
    this.resolved = existingDirectory(path, path, this.row.option);
  }

  /** What was taken last; undefined: nothing has been. */
  get last(): DirectoryIdentity | undefined {
    return this.taken;
  }

  /** From now on this is the one. */
  take(found: DirectoryIdentity): void {
    this.taken = found;
  }

  /** What could be taken now. Throws Obstacle where there is nothing that may be. */
  find(): DirectoryIdentity {
    const found = this.look();
    const { other } = this.row;
    if (other === undefined || this.taken === undefined || isSame(this.taken, found)) return found;
    throw new Obstacle(other, display(this.path), difference(this.taken, found));
  }

  /** The same, whatever was there before. Throws Obstacle. */
  look(): DirectoryIdentity {
    try {
      const lead = resolveLinks(this.path);
      if (lead !== this.resolved)
        throw new Obstacle('LINK_IN_PLACE', this.row.option, display(this.path));
      const found = identify(lead);
      if (this.kind === 'source') accessSync(toBuffer(this.path), constants.R_OK | constants.X_OK);
      return found;
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Why what was taken is no longer at the path; undefined while it is. */
  get loss(): Obstacle | undefined {
    if (this.taken === undefined || this.stands(this.taken)) return undefined;
    try {
      this.find();
      return this.gone;
    } catch (error) {
      return this.failure(error);
    }
  }

  private stands(taken: DirectoryIdentity): boolean {
    try {
      const { here, born } = whereabouts(this.resolved);
      if (here !== taken.here) return false;
      if (born !== taken.born) this.taken = { ...taken, born };
      return true;
    } catch {
      return false; // `find` says why
    }
  }

  private get gone(): Obstacle {
    return new Obstacle(this.row.gone, display(this.path));
  }

  private failure(error: unknown): Obstacle {
    if (error instanceof Obstacle) return error;
    const code = codeOf(error);
    if (code === 'ENOENT') return this.gone;
    if (code === 'ENOTDIR')
      return new Obstacle('PATH_NOT_DIRECTORY', this.row.option, display(this.path));
    const denied = code === 'EACCES' || code === 'EPERM';
    return new Obstacle(
      denied ? 'PATH_DENIED' : 'PATH_UNUSABLE',
      this.row.option,
      display(this.path),
      code ?? String(error),
    );
  }
}
