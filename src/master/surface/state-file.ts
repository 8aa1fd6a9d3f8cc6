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
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { uniqueName } from '../../shared/unique-name.js';
import { codeOf } from '../../shared/system-errors.js';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { lockFile } from '../native.js';
import { LOOK, patienceFor, sleep } from '../sleep.js';
import { KeptFiles } from '../kept-files.js';
import type { KeptFile, KeptOption } from '../kept-files.js';
import { NoAnswer } from '../no-answer.js';
import { isTrusted, cannotWrite } from '../open-path.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
/**
 * Tries to create the file where none exists. Only an attacker, not another instance, creates it
 * again and again.
 */
const TRIES = 20;
/** Bytes read of another instance's file, to show its pid. */
const PID_LENGTH = 20;

/** Milliseconds until it is tried again where the file system did not answer. */
const AGAIN = 1000;

export class StateFile {
  /** Makes another try, which may throw ClsyncError. */
  again: (attempt: () => void) => void = (attempt) => quietly(attempt);
  private retry: NodeJS.Timeout | undefined;
  /** What is there is not what was to be written last. */
  private isLate = false;
  private readonly kept: KeptFile;
  /**
   * The text written last, and a descriptor of the file, which holds the lock; undefined: another
   * process holds it.
   */
  private written: { readonly text: string; readonly fd: number | undefined } | undefined;

  /**
   * `path`: absolute; `origin`: the option it comes from; `files`: the table that it becomes a row
   * of. Throws ClsyncError when the directory cannot be used, or another instance has the file.
   */
  constructor(
    private readonly path: BytePath,
    private readonly origin: KeptOption,
    files = new KeptFiles(),
  ) {
    try {
      this.kept = files.keep(origin, path);
      this.refuseOther();
      const there = this.take(true);
      if (there !== undefined) closeSync(there);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /**
   * Throws when something other than a file exists at the path: replacing a device such as
   * /dev/null would harm other programs. Where a link of another user leads is not looked at.
   */
  private refuseOther(): void {
    const there = this.kept.found();
    if (there === undefined) return;
    const isLink = there.isSymbolicLink();
    if (isLink && !isTrusted({ uid: Number(there.uid) })) return;
    const found = isLink ? statSync(this.kept.at(), { throwIfNoEntry: false }) : there;
    if (found !== undefined && !found.isFile())
      throw new Error('something that is no file is there');
  }

  /**
   * Replaces the file, or a symbolic link in its place, unless another instance has it. Throws
   * ClsyncError.
   */
  write(text: string): void {
    if (this.kept.clerk !== undefined) return this.lend(text, false);
    this.kept.follow();
    const temporary = this.kept.at(uniqueName('.clsync-'));
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
    this.kept.take(fstatSync(fd, { bigint: true }));
  }

  /**
   * Writes the file again if it has been removed, alone or with its directory. Throws ClsyncError.
   */
  restore(): void {
    if (this.kept.clerk !== undefined) return this.lend(this.written?.text, true);
    this.kept.follow();
    if (this.written !== undefined && this.kept.hasDirectory && this.kept.found() === undefined)
      this.write(this.written.text);
  }

  /**
   * Removes the file if it is still the one written last. Where the directory's permissions no
   * longer let us, empties it, so that it does not claim that the daemon runs: by the descriptor
   * that wrote it, whatever has its name.
   */
  remove(): void {
    clearTimeout(this.retry);
    if (this.written === undefined) return;
    const { fd } = this.written;
    this.kept.follow();
    try {
      this.kept.remove();
    } catch {
      if (fd !== undefined) quietly(() => ftruncateSync(fd));
    }
    this.letGo();
  }

  /** Has it written by another process, which holds the lock then. */
  private lend(text: string | undefined, ifMissing: boolean): void {
    if (text === undefined) return;
    clearTimeout(this.retry);
    try {
      this.kept.clerk?.put(this.origin, text, ifMissing && !this.isLate);
      this.isLate = false;
    } catch (error) {
      if (error instanceof NoAnswer) return this.wait(text, ifMissing, error);
      if (ifMissing && codeOf(error) === 'ENOENT') return; // there is no directory for it
      throw codeOf(error) === 'EBUSY'
        ? new ClsyncError('IN_USE', this.origin, display(this.path), '')
        : this.failure(error);
    }
    if (!ifMissing) this.letGo();
    this.written = { text, fd: this.written?.fd };
  }

  /** Until it answers again. Throws ClsyncError where it has not done so for a while. */
  private wait(text: string, ifMissing: boolean, silence: NoAnswer): void {
    this.isLate ||= !ifMissing;
    this.written = { text, fd: this.written?.fd };
    this.retry = setTimeout(() => this.again(() => this.lend(text, true)), AGAIN).unref();
    if (silence.lasts) throw this.failure(silence);
  }

  /**
   * Moves the new file to the path. If several instances do this at once, only one succeeds: an
   * existing file is locked while it is replaced, and where none exists link(2) refuses to replace
   * one.
   */
  private put(temporary: Buffer): void {
    const target = this.kept.at();
    for (let tries = 0; ; tries++) {
      const there = this.kept.isOurs() ? undefined : this.take();
      try {
        if (there !== undefined || this.kept.found() !== undefined || tries > TRIES)
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
  private take(waits = false): number | undefined {
    for (const began = performance.now(); ;) {
      const fd = openFile(this.kept.at());
      if (fd === undefined) return undefined;
      if (!lock(fd)) {
        const pid = /^\d+$/.exec(beginningOf(fd))?.[0];
        closeSync(fd);
        const most = waits ? patienceFor(pid === undefined ? undefined : Number(pid)) : 0;
        if (performance.now() - began < most) {
          sleep(LOOK);
          continue;
        }
        throw new ClsyncError(
          'IN_USE',
          this.origin,
          display(this.path),
          pid === undefined ? '' : ` (process ${pid})`,
        );
      }
      if (this.kept.isOpen(fd)) return fd;
      closeSync(fd); // the file was replaced before it was locked
    }
  }

  private letGo(): void {
    if (this.written?.fd !== undefined) closeSync(this.written.fd);
    this.written = undefined;
  }

  private failure(error: unknown): ClsyncError {
    return error instanceof ClsyncError
      ? error
      : cannotWrite(this.origin, display(this.path), error);
  }
}

/**
 * Opens the file; undefined: none exists, or it cannot be locked (a symbolic link, something that
 * is no file, another user's file).
 */
function openFile(path: Buffer): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return undefined;
}

function beginningOf(fd: number): string {
  const bytes = Buffer.alloc(PID_LENGTH);
  return bytes.toString('latin1', 0, readSync(fd, bytes, 0, PID_LENGTH, 0));
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

/** Ignores errors: the file has been removed, or is out of reach. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // see above
  }
}
