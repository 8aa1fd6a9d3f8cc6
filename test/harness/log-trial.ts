/** A mirror or a talkative handler, whose messages go where nobody may read them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { commandOf, mirrorOptions } from './programs.js';
import { atEnd, subdirectory, temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';
import { PATIENCE, until } from './until.js';

export class LogTrial {
  readonly base: string;

  constructor(readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy']) subdirectory(this.base, name);
    fs.writeFileSync(this.base + '/source/first', '');
  }

  /** Arguments for a mirror. */
  mirror(...options: readonly string[]): readonly string[] {
    const { base, scope } = this;
    return [
      ...commandOf('clsync'),
      ...mirrorOptions(scope, 'clsync', {
        source: base + '/source',
        destination: base + '/copy',
        options: ['-H/NULL/', '-z', base + '/pid', ...options],
      }),
    ];
  }

  /** Arguments for a daemon whose handler prints `lines` lines and then reports that it has. */
  talkative(lines: number, ...options: readonly string[]): readonly string[] {
    const { base } = this;
    fs.writeFileSync(
      base + '/handler',
      `#!/bin/sh\nseq -f 'line %.0f' ${lines}\necho told >/dev/stderr\necho x ` +
        `>>${base}/copy/calls\n`,
      { mode: 0o755 },
    );
    return [
      ...commandOf('clsync'),
      '-H/NULL/',
      '-Mdirect',
      '-t0',
      '-w0',
      '-S',
      base + '/handler',
      '-W',
      base + '/source',
      '-D',
      base + '/copy',
      '-z',
      base + '/pid',
      ...options,
      '--',
      'x',
    ];
  }

  has(path: string): boolean {
    return fs.existsSync(this.base + path);
  }

  read(path: string): string {
    try {
      return fs.readFileSync(this.base + path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }

  /** How often the handler was called. */
  get calls(): number {
    return this.read('/copy/calls').split('\n').length - 1;
  }

  /** Ends the daemon in the background, and waits for its end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const pid = this.pid();
    assert.ok(pid !== undefined, 'it runs');
    process.kill(pid, signal);
    await until('the end of the daemon', () => this.pid() === undefined);
  }

  /** The pid of the daemon in the background. */
  pid(): number | undefined {
    const text = this.read('/pid');
    return text !== '' && fs.existsSync(`/proc/${text}`) ? Number(text) : undefined;
  }

  kill(): void {
    const pid = this.pid();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

/**
 * Runs the command in the background and waits until no process holds its output. Kills leftover
 * processes at the end of the test.
 */
export function inBackground(
  trial: LogTrial,
  words: readonly string[],
): { readonly status: number | null; readonly output: string; readonly error: unknown } {
  atEnd(trial.scope, () => trial.kill());
  const { status, stdout, stderr, error } = spawnSync(words[0] as string, words.slice(1), {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  return { status, output: stdout + stderr, error };
}
