/**
 * The directories on the way to some paths, through symbolic links and their targets, and the names
 * in them that lead on. File systems that may not answer, those of the network and of processes,
 * are not entered: this may be called by who must not wait.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { fromBuffer, ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { isSilent, mountTable } from '../../shared/mount-table.js';
import { codeOf } from '../../shared/system-errors.js';
import { inDirectory } from '../open-path.js';

/** O_PATH of open(2), which Node does not name. It asks no file system at a mount point. */
const FLAGS = 0o10000000 | constants.O_NOFOLLOW;
/** Links on the way to one path, as in path_resolution(7). */
const LINKS_MAX = 40;

interface Place {
  readonly descriptor: number;
  /** Number of the mount. */
  readonly mount: string;
}

export class Ways {
  /**
   * Descriptors (O_PATH) that `close` closes, each of a directory with a name, or of a file with
   * none.
   */
  readonly names: (readonly [directory: number, name: BytePath])[] = [];
  /** Whether each way was followed as far as it exists. */
  complete = true;
  private readonly opened: number[] = [];

  /** @param paths absolute, as `files`, which themselves are in `names`, too */
  constructor(paths: readonly BytePath[], files: readonly BytePath[]) {
    try {
      const root = this.open(Buffer.from('/'));
      for (const path of paths) this.follow(root, path);
      for (const path of files) {
        const file = this.follow(root, path);
        if (file !== undefined) this.names.push([file.descriptor, ROOT]);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const descriptor of this.opened.splice(0)) closeSync(descriptor);
  }

  /** Returns where it leads; undefined: nowhere, or it is not entered. */
  private follow(root: Place, path: BytePath): Place | undefined {
    let [at, waiting, links] = [root, parts(path), 0];
    while (waiting.length > 0) {
      const name = waiting.shift() as BytePath;
      this.names.push([at.descriptor, name]);
      const found = this.enter(at, name);
      if (found === undefined) return undefined;
      if (!fstatSync(found.descriptor).isSymbolicLink()) at = found;
      else {
        const target = targetOf(at, name);
        if (target === undefined || ++links > LINKS_MAX) return undefined;
        if (target.startsWith('/')) at = root;
        waiting = [...parts(target), ...waiting];
      }
    }
    return at;
  }

  /** Undefined: nothing is there, or it is not entered. */
  private enter(at: Place, name: BytePath): Place | undefined {
    let found: Place;
    try {
      found = this.open(inDirectory(at.descriptor, name));
    } catch (error) {
      const code = codeOf(error);
      this.complete &&= code === 'ENOENT' || code === 'ENOTDIR';
      return undefined;
    }
    if (found.mount === at.mount || !mayBeSilent(found.mount)) return found;
    this.complete = false;
    return undefined;
  }

  private open(path: Buffer): Place {
    const descriptor = openSync(path, FLAGS);
    this.opened.push(descriptor);
    const [, mount = ''] = /^mnt_id:\s*(\d+)/m.exec(infoOf(descriptor)) ?? [];
    return { descriptor, mount };
  }
}

function mayBeSilent(mount: string): boolean {
  const found = mountTable().find(({ id }) => id === mount);
  return found === undefined || isSilent(found);
}

/** What the kernel knows of a descriptor: proc(5). */
function infoOf(descriptor: number): string {
  return readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
}

/** Undefined: the link is gone. */
function targetOf(at: Place, name: BytePath): BytePath | undefined {
  try {
    return fromBuffer(readlinkSync(inDirectory(at.descriptor, name), { encoding: 'buffer' }));
  } catch {
    return undefined;
  }
}

function parts(path: BytePath): BytePath[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as BytePath[];
}
