/**
 * A directory that the roles are bound to, as the master sees it. The roles cannot tell whether it
 * is still the one at its path: their view shows them the directory it was made with, wherever that
 * has gone.
 */
import { accessSync, closeSync, constants } from 'node:fs';
import { codeOf, systemReason } from '../../shared/system-errors.js';
import { display, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { ErrorCode } from '../../shared/errors.js';
import { LinkRefusal } from '../open-path.js';
import { identifyDescriptor } from '../native.js';
import type { DirectoryFacts } from '../native.js';
import type { OpenedPath } from '../open-path.js';
import { existingDirectory } from '../paths.js';
import { isSame, isSameFileSystem } from '../../shared/directory-identity.js';
import type { DirectoryIdentity } from '../../shared/directory-identity.js';
import { difference, identify, itself, mayReplace, whereabouts } from './identity.js';
import { NoAnswer } from '../no-answer.js';
import { Eyes } from './eyes.js';
import { Obstacle } from './obstacle.js';

interface Kind {
  /** The option that names it. */
  readonly option: string;
  /** Why there is nothing to take. */
  readonly gone: ErrorCode;
  /** Why what is there is not taken. */
  readonly other: ErrorCode;
  /** Whether what is there may be taken in place of what was. */
  readonly takes: (before: DirectoryIdentity, found: DirectoryIdentity) => boolean;
}

/** An empty mount point in place of the destination would be filled. */
function isOnSameDisk(before: DirectoryIdentity, found: DirectoryIdentity): boolean {
  return mayReplace(before, found) && isSameFileSystem(before, found);
}

const KINDS = {
  // An empty mount point in place of the source would empty the mirror.
  source: {
    option: '--watch-dir',
    gone: 'WATCH_DIR_GONE',
    other: 'WATCH_DIR_OTHER',
    takes: isSame,
  },
  destination: {
    option: '--destination-dir',
    gone: 'DESTINATION_GONE',
    other: 'DESTINATION_OTHER',
    takes: isOnSameDisk,
  },
  lists: {
    option: '--lists-dir',
    gone: 'LISTS_DIR_GONE',
    other: 'LISTS_DIR_OTHER',
    takes: mayReplace,
  },
} as const satisfies Record<string, Kind>;
export type PlaceKind = keyof typeof KINDS;

export class Place {
  private taken: DirectoryIdentity | undefined;
  private unanswered: NoAnswer | undefined;
  private readonly row: Kind;
  /** Where the path leads; a link that comes into it later may be another user's. */
  private readonly resolved: BytePath;

  /** @param path absolute, of a directory that exists. Throws ClsyncError. */
  constructor(
    readonly kind: PlaceKind,
    readonly path: BytePath,
    private readonly eyes = new Eyes(),
    /** Whether any directory of the same owner may be taken. */
    private readonly mayChange: () => boolean = () => false,
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
    if (this.taken === undefined || this.accepts(found)) return found;
    throw new Obstacle(this.row.other, display(this.path), difference(this.taken, found));
  }

  /**
   * Whether it may be taken in place of what was taken last. The same directory may, whoever owns
   * it now: a mirror gives its root the owner of the source.
   */
  accepts(found: DirectoryIdentity): boolean {
    const { taken } = this;
    return (
      taken === undefined ||
      isSame(taken, found) ||
      this.row.takes(taken, found) ||
      (this.mayChange() && mayReplace(taken, found))
    );
  }

  /** The same as `find`, whatever was there before. Throws Obstacle. */
  look(): DirectoryIdentity {
    try {
      if (this.kind === 'source' && !this.eyes.areLent) this.checkAccess();
      return identify(this.see());
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** What was taken, open. Throws Obstacle where it is no longer at the path. */
  hold(): OpenedPath {
    try {
      const opened = this.open();
      if (this.taken?.here === whereabouts(identifyDescriptor(opened.descriptor)).here)
        return opened;
      closeSync(opened.descriptor);
    } catch (error) {
      throw this.failure(error);
    }
    throw this.loss ?? this.gone;
  }

  /** Whether the last look has had no answer; `lasts`: nor had one long before. */
  get silence(): { readonly lasts: boolean } | undefined {
    return this.unanswered;
  }

  /** Why what was taken is no longer at the path; undefined while it is, or nobody answers. */
  get loss(): Obstacle | undefined {
    if (this.taken === undefined || this.stands(this.taken)) return undefined;
    try {
      this.find();
      return this.gone;
    } catch (error) {
      return this.unanswered === undefined ? this.failure(error) : undefined;
    }
  }

  private stands(taken: DirectoryIdentity): boolean {
    try {
      const { here, ...changed } = whereabouts(this.see());
      if (here !== taken.here) return false;
      this.taken = { ...taken, ...changed };
      return true;
    } catch {
      return this.unanswered !== undefined; // `find` says why
    }
  }

  /** Throws as `Eyes.see`, and Obstacle. */
  private see(): DirectoryFacts {
    this.unanswered = undefined;
    try {
      const { path, facts } = this.eyes.see(this.path);
      if (path === this.resolved) return facts;
    } catch (error) {
      if (error instanceof NoAnswer) this.unanswered = error;
      throw error;
    }
    throw this.linkInPlace;
  }

  private checkAccess(): void {
    const { descriptor } = this.open();
    try {
      accessSync(toBuffer(itself(descriptor)), constants.R_OK | constants.X_OK);
    } finally {
      closeSync(descriptor);
    }
  }

  private open(): OpenedPath {
    const opened = this.eyes.open(this.path);
    if (opened.path === this.resolved) return opened;
    closeSync(opened.descriptor);
    throw this.linkInPlace;
  }

  private get linkInPlace(): Obstacle {
    return new Obstacle('LINK_IN_PLACE', this.row.option, display(this.path));
  }

  private get gone(): Obstacle {
    return new Obstacle(this.row.gone, display(this.path));
  }

  private failure(error: unknown): Obstacle {
    if (error instanceof Obstacle) return error;
    if (error instanceof LinkRefusal) return this.linkInPlace;
    if (error instanceof NoAnswer) return this.unusable(error.message);
    const code = codeOf(error);
    if (code === 'ENOENT') return this.gone;
    if (code === 'ENOTDIR')
      return new Obstacle('PATH_NOT_DIRECTORY', this.row.option, display(this.path));
    return code === 'EACCES' || code === 'EPERM'
      ? new Obstacle('PATH_DENIED', this.row.option, display(this.path))
      : this.unusable(systemReason(error));
  }

  private unusable(why: string): Obstacle {
    return new Obstacle('PATH_UNUSABLE', this.row.option, display(this.path), why);
  }
}
