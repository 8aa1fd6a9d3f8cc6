import * as fs from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { commandOf } from './programs.js';
import { subdirectory, temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

/**
 * A directory with one file to watch, and a daemon that ends after the initial sync unless told
 * otherwise.
 */
export class HandlerTrial {
  readonly base: string;
  readonly source: string;

  constructor(private readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    this.source = subdirectory(this.base, 'source');
    fs.writeFileSync(join(this.source, 'file'), '');
  }

  script(path: string, text: string): string {
    fs.writeFileSync(join(this.base, path), text, { mode: 0o755 });
    return join(this.base, path);
  }

  start(...options: readonly string[]): Daemon {
    return new Daemon(this.scope, [
      ...commandOf('clsync'),
      '-H',
      '/NULL/',
      '-W',
      this.source,
      '-t0',
      '-w0',
      ...options,
    ]);
  }

  async run(
    ...options: readonly string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const daemon = this.start('--only-initialsync', ...options);
    const { code } = await daemon.exited;
    return { code, stdout: daemon.stdout, stderr: daemon.stderr };
  }
}
