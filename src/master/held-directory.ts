/**
 * The directories our own files are put in: reached without following a link that someone else
 * could have planted.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { display } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { inDirectory, isOurs, isTrusted, openPath, PathRefusal } from './open-path.js';
import type { Judge, OpenedPath } from './open-path.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * The directory that files of ours are in, as long as there is none else at its path: removed and
 * made again, it is the new one.
 */
export class HeldDirectory {
  private opened: OpenedPath;

  /** `path`: absolute. Throws as `openPath`. */
  constructor(
    private readonly path: BytePath,
    private readonly judge?: Judge,
  ) {
    this.opened = this.open();
  }

  /** Changes with `follow`. */
  get place(): OpenedPath {
    return this.opened;
  }

  get fd(): number {
    return this.opened.descriptor;
  }

  /** A name in it, for calls that take a path. */
  at(name: BytePath): Buffer {
    return inDirectory(this.fd, name);
  }

  /** Whether something could be put into it. */
  get exists(): boolean {
    return fstatSync(this.fd).nlink > 0;
  }

  /**
   * Takes what is at the path now. Returns whether it is another one. Throws as `openPath`, or
   * where it belongs to another user than the first; then it stays what it was.
   */
  take(): boolean {
    const found = this.open();
    const [now, before] = [
      fstatSync(found.descriptor, { bigint: true }),
      fstatSync(this.fd, { bigint: true }),
    ];
    const isOther = now.dev !== before.dev || now.ino !== before.ino;
    const fits = now.uid === before.uid || isTrusted({ uid: Number(now.uid) });
    closeSync(isOther && fits ? this.fd : found.descriptor);
    if (isOther && !fits) throw new OwnerRefusal(found.path, now.uid);
    if (isOther) this.opened = found;
    return isOther;
  }

  /** The same, but where what is there may not be taken, it quietly stays what it was. */
  follow(): boolean {
    try {
      return this.take();
    } catch {
      return false;
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  private open(): OpenedPath {
    return openPath(this.path, 'directory', { judge: this.judge });
  }
}

class OwnerRefusal extends PathRefusal {
  readonly code = 'EPERM';

  constructor(path: BytePath, uid: bigint) {
    super(`${display(path)} is another directory, of the user ${uid}`);
  }
}

/**
 * A new directory that only we may enter, and a descriptor of it. Where others can write, something
 * else may stand in its place at once.
 * @param how O_PATH where nothing in it is read, which may be refused
 */
export function makePrivateDirectory(above: number, name: BytePath, how = O_RDONLY): number {
  const path = inDirectory(above, name);
  mkdirSync(path, { mode: 0o700 });
  const directory = openSync(path, how | O_DIRECTORY | O_NOFOLLOW);
  if (isOurs(fstatSync(directory))) return directory;
  closeSync(directory);
  throw new Error('another user has put something else in its place');
}
