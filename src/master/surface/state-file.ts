/**
 * A small file that tells the outside something (pid, status): replaced as a whole, never written
 * through a link someone planted. Whoever wrote it holds a lock on it as long as it runs, so that
 * no other instance takes it over.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { uniqueName } from '../../shared/unique-name.js';
import { codeOf } from '../../shared/system-errors.js';
import { basename, display, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { lockFile } from '../native.js';
import { HeldDirectory, reasonOf } from './directory.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
/**
 * To put a new file where there is none; whoever makes another all the time is no instance of ours.
 */
const TRIES = 20;
/** Bytes of a file that are shown when it is another's. */
const PID_LENGTH = 20;

export class StateFile {
  private readonly directory: HeldDirectory;
  private readonly name: BytePath;
  /** What was written last, and the file, still open. */
  private written: { readonly text: string; readonly fd: number } | undefined;

  /**
   * `path`: absolute; `origin`: the option it comes from. Throws ClsyncError when its directory
   * cannot be used, or another instance uses it.
   */
  constructor(
    private readonly path: BytePath,
    private readonly origin: string,
  ) {
    this.name = basename(path);
    try {
      this.directory = new HeldDirectory(parent(path));
      this.refuseOther();
      const there = this.take();
      if (there !== undefined) closeSync(there);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /**
   * What is there is to be replaced, which must not befall a device that all use (/dev/null), or
   * whatever else is no file.
   */
  private refuseOther(): void {
    const found = statSync(this.at(this.name), { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile())
      throw new Error('something that is no file is there');
  }

  /**
   * Replaces the file, whatever stands there, unless another instance has it. Throws ClsyncError.
   */
  write(text: string): void {
    this.directory.follow();
    const temporary = this.at(uniqueName('.clsync-'));
    let fd: number | undefined;
    try {
      fd = openSync(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
      writeSync(fd, text);
      lock(fd);
      this.put(temporary);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      quietly(() => unlinkSync(temporary));
      throw this.failure(error);
    }
    this.letGo();
    this.written = { text, fd };
  }

  /**
   * Writes it again where someone has removed it, alone or with its directory. Throws ClsyncError.
   */
  restore(): void {
    this.directory.follow();
    if (
      this.written !== undefined &&
      this.directory.exists &&
      lstatSync(this.at(this.name), { throwIfNoEntry: false }) === undefined
    )
      this.write(this.written.text);
  }

  /** Removes the file if it still is the one that was written. */
  remove(): void {
    if (this.written === undefined) return;
    this.directory.follow();
    const path = this.at(this.name);
    try {
      if (this.isOurs()) unlinkSync(path);
    } catch {
      this.empty(path);
    }
    this.letGo();
  }

  /**
   * Of several instances that begin at once, one gets there: a file that is there is held while it
   * is replaced, a new one is never.
   */
  private put(temporary: Buffer): void {
    const target = this.at(this.name);
    for (let tries = 0; ; tries++) {
      const there = this.isOurs() ? undefined : this.take();
      try {
        if (
          there !== undefined ||
          lstatSync(target, { throwIfNoEntry: false }) !== undefined ||
          tries > TRIES
        )
          return renameSync(temporary, target);
        linkSync(temporary, target);
        return unlinkSync(temporary);
      } catch (error) {
        // a file system without hard links
        if (codeOf(error) !== 'EEXIST') return renameSync(temporary, target);
      } finally {
        if (there !== undefined) closeSync(there);
      }
    }
  }

  /**
   * A descriptor that holds what is there now; undefined where there is nothing that could be held.
   * Throws when another instance holds it.
   */
  private take(): number | undefined {
    for (;;) {
      const fd = openFile(this.at(this.name));
      if (fd === undefined) return undefined;
      if (!lock(fd)) {
        const pid = /^\d+$/.exec(readFileSync(fd, 'latin1').slice(0, PID_LENGTH))?.[0];
        closeSync(fd);
        throw new ClsyncError(
          'IN_USE',
          this.origin,
          display(this.path),
          pid === undefined ? '' : ` (process ${pid})`,
        );
      }
      if (isAt(fd, this.at(this.name))) return fd;
      closeSync(fd); // replaced meanwhile
    }
  }

  private isOurs(): boolean {
    return this.written !== undefined && isAt(this.written.fd, this.at(this.name));
  }

  private letGo(): void {
    if (this.written !== undefined) closeSync(this.written.fd);
    this.written = undefined;
  }

  /**
   * Where the directory does not let us remove the file any more, it must at least no longer say
   * that we run.
   */
  private empty(path: Buffer): void {
    quietly(() => {
      const fd = openSync(path, O_WRONLY | O_NOFOLLOW);
      ftruncateSync(fd);
      closeSync(fd);
    });
  }

  private at(name: BytePath): Buffer {
    return this.directory.at(name);
  }

  private failure(error: unknown): ClsyncError {
    return error instanceof ClsyncError
      ? error
      : new ClsyncError('CANNOT_WRITE', this.origin, display(this.path), reasonOf(error));
  }
}

/** undefined: nothing is there, or what is no file of ours to hold (a link, another user's). */
function openFile(path: Buffer): number | undefined {
  try {
    return openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Some network file systems have no locks: there nobody can hold a file. */
function lock(fd: number): boolean {
  try {
    return lockFile(fd);
  } catch {
    return true;
  }
}

/** Whether the open file is the one at the path. */
function isAt(fd: number, path: Buffer): boolean {
  const [open, there] = [
    fstatSync(fd, { bigint: true }),
    lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  ];
  return there !== undefined && open.dev === there.dev && open.ino === there.ino;
}

/** What cannot be done is gone, or out of reach. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // as said
  }
}
