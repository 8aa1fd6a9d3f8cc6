/** A new directory that a dump is written to. */
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { display, fromText } from '../../shared/bytes.js';
import { DUMP_DIRECTORIES } from '../../shared/dump-files.js';
import { ClsyncError } from '../../shared/errors.js';
import type { KeptFile } from '../kept-files.js';
import { inDirectory, reasonOf } from '../open-path.js';
import type { DumpSink } from './dump.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

export class DumpDirectory implements DumpSink {
  private readonly directory: number;
  private readonly begun = new Set<string>();

  /** Makes the directory. Throws ClsyncError when it cannot be made or exists already. */
  constructor(private readonly place: KeptFile) {
    try {
      this.directory = place.make();
      for (const name of DUMP_DIRECTORIES) mkdirSync(this.at(name), { mode: 0o700 });
    } catch (error) {
      throw this.failure(error);
    }
  }

  get name(): string {
    return display(this.place.path);
  }

  write(name: string, text: string): void {
    try {
      const fd = openSync(
        this.at(name),
        O_WRONLY | O_NOFOLLOW | (this.begun.has(name) ? O_APPEND : O_CREAT | O_EXCL),
        0o600,
      );
      this.begun.add(name);
      try {
        writeFileSync(fd, text);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw this.failure(error);
    }
  }

  close(): void {
    closeSync(this.directory);
  }

  private at(name: string): Buffer {
    return inDirectory(this.directory, fromText(name));
  }

  private failure(error: unknown): ClsyncError {
    if (codeOf(error) === 'EEXIST') return new ClsyncError('DUMP_EXISTS', this.name);
    return new ClsyncError('CANNOT_WRITE', '--dump-dir', this.name, reasonOf(error));
  }
}
