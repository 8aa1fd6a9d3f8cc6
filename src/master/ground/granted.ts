/**
 * A path that the user let roles reach: opened anew for every crew, and not guarded meanwhile, as
 * files are often replaced by others of the same name.
 */
import { closeSync, lstatSync } from 'node:fs';
import { display, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { isTrusted, LinkRefusal, reasonOf } from '../open-path.js';
import type { OpenedPath } from '../open-path.js';
import { identifyDescriptor } from '../native.js';
import { NoAnswer } from '../no-answer.js';
import { Eyes } from './eyes.js';
import type { Seen } from './eyes.js';
import { isSameFileSystem } from '../../shared/directory-identity.js';
import type { DirectoryIdentity } from '../../shared/directory-identity.js';
import { identify, whereabouts } from './identity.js';
import { Obstacle } from './obstacle.js';

/** What may not change while the daemon runs. */
interface Facts {
  /** Without symbolic links. */
  readonly path: BytePath;
  readonly owner: number;
  /** Of the file or directory itself. */
  readonly here: string;
  /** `major:minor` */
  readonly device: string;
  /** undefined: it is no directory. */
  readonly directory: DirectoryIdentity | undefined;
}

export class Granted {
  private readonly first: Facts;
  /** Of what may be taken now. */
  owner: number;

  /** @param path absolute, of what exists. Throws ClsyncError. */
  constructor(
    /** The option that names it. */
    private readonly option: string,
    private readonly path: BytePath,
    private readonly eyes = new Eyes(),
  ) {
    try {
      this.first = factsOf(eyes.see(path, 'any'));
      this.owner = this.first.owner;
    } catch (error) {
      throw error instanceof LinkRefusal
        ? new ClsyncError('LINK_OF_OTHERS', option, display(path), error.message)
        : new ClsyncError('PATH_UNUSABLE', option, display(path), reasonOf(error));
    }
  }

  /**
   * What is there now, open, by the path under which it is granted. Throws Obstacle where it may
   * not take the place of the first.
   */
  hold(): readonly [BytePath, OpenedPath] {
    const opened = this.attempt(() => this.eyes.open(this.path, 'any'));
    try {
      this.compare({ path: opened.path, facts: identifyDescriptor(opened.descriptor) });
    } catch (error) {
      closeSync(opened.descriptor);
      throw error;
    }
    return [isLink(this.path) ? opened.path : this.path, opened];
  }

  /** Throws Obstacle. */
  check(): void {
    this.compare(this.attempt(() => this.eyes.see(this.path, 'any')));
  }

  private attempt<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw this.other(reasonOf(error));
      throw new Obstacle('PATH_UNUSABLE', this.option, display(this.path), error.message);
    }
  }

  private compare(seen: Seen): void {
    const found = factsOf(seen);
    const difference = differenceOf(this.first, found);
    if (difference !== undefined) throw this.other(difference);
    this.owner = found.owner;
  }

  private other(why: string): Obstacle {
    return new Obstacle('GRANT_OTHER', this.option, display(this.path), why);
  }
}

function factsOf({ path, facts }: Seen): Facts {
  const { owner, device, isDirectory } = facts;
  const { here } = whereabouts(facts);
  return { path, here, owner, device, directory: isDirectory ? identify(facts) : undefined };
}

/** Why `found` may not take the place of `first`; undefined: it may. */
function differenceOf(first: Facts, found: Facts): string | undefined {
  if (found.path !== first.path) return 'it leads somewhere else';
  const [was, is] = [first.directory, found.directory];
  if ((was === undefined) !== (is === undefined)) return 'it is of another kind';
  const same =
    was !== undefined && is !== undefined
      ? isSameFileSystem(was, is)
      : first.device === found.device;
  if (!same) return 'another file system is there now';
  // A handler may have given the same one to another user.
  return found.here === first.here || found.owner === first.owner || isTrusted({ uid: found.owner })
    ? undefined
    : `it belongs to the user ${found.owner}`;
}

function isLink(path: BytePath): boolean {
  return lstatSync(toBuffer(path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
