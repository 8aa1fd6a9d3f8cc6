/**
 * A small file that publishes a state (pid, status). It is replaced as a whole, and never written
 * through a symbolic link. The instance that wrote it holds a lock on it while it runs, so that no
 * other instance replaces it.
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
import { reasonOf } from '../open-path.js';
import { HeldDirectory } from './directory.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
/**
 * Tries to create the file where none exists. Only an attacker, not another instance, creates it
 * again and again.
 */
const TRIES = 20;
/** Bytes read of another instance's file, to show its pid. */
const PID_LENGTH = 20;

export class StateFile {
  private readonly directory: HeldDirectory;
  private readonly name: BytePath;
  /** The text written last, and a descriptor of the file, which holds the lock. */
  private written: { readonly text: string; readonly fd: number } | undefined;

  /**
   * `path`: absolute; `origin`: the option it comes from. Throws ClsyncError when the directory
   * cannot be used, or another instance has the file.
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
   * Throws when something other than a file exists at the path: replacing a device such as
   * /dev/null would harm other programs.
   */
  private refuseOther(): void {
    const found = statSync(this.at(this.name), { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile())
      throw new Error('something that is no file is there');
  }

  /**
   * Replaces the file, or a symbolic link in its place, unless another instance has it. Throws
   * ClsyncError.
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
   * Writes the file again if it has been removed, alone or with its directory. Throws ClsyncError.
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

  /** Removes the file if it is still the one written last. */
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
   * Moves the new file to the path. If several instances do this at once, only one succeeds: an
   * existing file is locked while it is replaced, and where none exists link(2) refuses to replace
   * one.
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
   * Locks the existing file and returns its descriptor; undefined when there is no file that can be
   * locked. Throws ClsyncError when another instance has the lock.
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
      closeSync(fd); // the file was replaced before it was locked
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
   * Empties a file that the directory's permissions no longer let us remove, so that it does not
   * claim that the daemon runs.
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

/**
 * Opens the file; undefined: none exists, or it cannot be locked (a symbolic link, another user's
 * file).
 */
function openFile(path: Buffer): number | undefined {
  try {
    return openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/**
 * Locks the file. Returns true when the file system has no locks, as some on the network: there,
 * instances are not kept apart.
 */
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

/** Ignores errors: the file has been removed, or is out of reach. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // see above
  }
}
