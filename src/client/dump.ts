/** A dump of the daemon's inner state, written with the rights of the client. */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dumpDirectories, dumpDirectoriesOf, isDumpFile } from '../shared/dump-files.js';

export class DumpFiles {
  /** Makes the directory. Throws an errno error when that cannot be done, or it is there. */
  constructor(private readonly directory: string) {
    mkdirSync(directory, { mode: 0o700 });
    for (const name of dumpDirectories(1)) mkdirSync(join(directory, name), { mode: 0o700 });
  }

  /** Throws an errno error; and Error for a name that no dump has. */
  write(name: string, bytes: Buffer): void {
    if (!isDumpFile(name)) throw new Error(`the daemon sends a file ${JSON.stringify(name)}`);
    for (const one of dumpDirectoriesOf(name))
      mkdirSync(join(this.directory, one), { recursive: true, mode: 0o700 });
    appendFileSync(join(this.directory, name), bytes, { mode: 0o600 });
  }

  /** After a dump that failed. */
  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
