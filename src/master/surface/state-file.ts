/** A small file that tells the outside something (pid, status): replaced as a whole, never written through a link someone planted. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { basename, display, parent } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { inDirectory, openDirectory, reasonOf } from './directory.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

export class StateFile {
  /** Keeps the directory the file was first put in, whatever later happens to the path. */
  private readonly directory: number;
  private readonly name: BytePath;
  private written: { readonly dev: bigint; readonly ino: bigint } | undefined;

  /** `path`: absolute; `origin`: the option it comes from. Throws ClsyncError when its directory cannot be used. */
  constructor(
    private readonly path: BytePath,
    private readonly origin: string,
  ) {
    this.name = basename(path);
    try {
      this.directory = openDirectory(parent(path));
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Replaces the file, whatever stands there. Throws ClsyncError. */
  write(text: string): void {
    const temporary = this.at(`.clsync-${randomBytes(8).toString('hex')}` as BytePath);
    try {
      const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
      try {
        writeSync(fd, text);
        const { dev, ino } = fstatSync(fd, { bigint: true });
        this.written = { dev, ino };
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, this.at(this.name));
    } catch (error) {
      try {
        unlinkSync(temporary);
      } catch {
        // it was never made
      }
      throw this.failure(error);
    }
  }

  /** Removes the file if it still is the one that was written. */
  remove(): void {
    if (this.written === undefined) return;
    const path = this.at(this.name);
    try {
      const { dev, ino } = lstatSync(path, { bigint: true });
      if (dev !== this.written.dev || ino !== this.written.ino) return;
      unlinkSync(path);
    } catch {
      this.empty(path);
    }
  }

  /** Where the directory does not let us remove the file any more, it must at least no longer say that we run. */
  private empty(path: Buffer): void {
    try {
      const fd = openSync(path, O_WRONLY | O_NOFOLLOW);
      ftruncateSync(fd);
      closeSync(fd);
    } catch {
      // gone, or out of reach
    }
  }

  private at(name: BytePath): Buffer {
    return inDirectory(this.directory, name);
  }

  private failure(error: unknown): ClsyncError {
    return new ClsyncError('CANNOT_WRITE', this.origin, display(this.path), reasonOf(error));
  }
}
