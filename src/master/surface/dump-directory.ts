/** A new directory that a dump is written to. */
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { display, fromText } from '../../shared/bytes.js';
import { dumpDirectories } from '../../shared/dump-files.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Clerk, KeptFile } from '../kept-files.js';
import { inDirectory, cannotWrite } from '../open-path.js';
import type { DumpSink } from './dump.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const APPENDING = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;

/** Makes the files in it. */
type Opener = Pick<Clerk, 'part'> & { close(): void };

export class DumpDirectory implements DumpSink {
  private readonly files: Opener;

  /** Makes the directory. Throws ClsyncError when it cannot be made or exists already. */
  constructor(
    private readonly place: KeptFile,
    destinations: number,
  ) {
    try {
      this.files = place.clerk === undefined ? own(place, destinations) : lent(place.clerk);
    } catch (error) {
      throw this.failure(error);
    }
  }

  get name(): string {
    return display(this.place.path);
  }

  write(name: string, text: string): void {
    try {
      const fd = this.files.part(name);
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
    this.files.close();
  }

  private failure(error: unknown): ClsyncError {
    if (codeOf(error) === 'EEXIST') return new ClsyncError('DUMP_EXISTS', this.name);
    return cannotWrite('--dump-dir', this.name, error);
  }
}

function own(place: KeptFile, destinations: number): Opener {
  const directory = place.make();
  const at = (name: string): Buffer => inDirectory(directory, fromText(name));
  for (const name of dumpDirectories(destinations)) mkdirSync(at(name), { mode: 0o700 });
  return {
    part: (name) => openSync(at(name), APPENDING, 0o600),
    close: () => closeSync(directory),
  };
}

function lent(clerk: Clerk): Opener {
  clerk.open('--dump-dir');
  return { part: (name) => clerk.part(name), close: () => undefined };
}
