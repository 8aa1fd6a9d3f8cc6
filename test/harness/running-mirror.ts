/** A mirror that is told something while it runs. */
import * as fs from 'node:fs';
import type { TestContext } from 'node:test';
import { Daemon } from './daemon.js';
import { commandOf } from './programs.js';
import { subdirectory, temporaryDirectory } from './temporary.js';

export interface Running {
  readonly base: string;
  readonly daemon: Daemon;
  /** Starts it once more, with the same options. */
  again(): Running;
}

/**
 * Starts a mirror of `base/source` in `base/destination` without delays, in `base`. Resolves once
 * the first sync is done.
 */
export async function startMirror(
  scope: TestContext,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  files: Readonly<Record<string, string>> = {},
  prepare: (base: string) => void = () => undefined,
): Promise<Running> {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  fs.writeFileSync(`${base}/source/first`, '');
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${base}/${name}`, text);
  prepare(base);
  const options = [
    '-Mrsyncdirect',
    '-Wsource',
    '-Ddestination',
    '-t0',
    '-w0',
    '-H/NULL/',
    ...words,
  ];
  const start = (): Running => {
    const daemon = new Daemon(scope, [...commandOf('clsync'), ...options], {
      cwd: base,
      environment: { ...process.env, HOME: base, ...environment },
    });
    return { base, daemon, again: start };
  };
  const running = start();
  await running.daemon.logged(/initial sync done/);
  return running;
}

export function arrives(
  { base, daemon }: Pick<Running, 'base' | 'daemon'>,
  name: string,
): Promise<void> {
  return daemon.until(`${name} to arrive`, () => fs.existsSync(`${base}/destination/${name}`));
}

/** The content of a file; empty where there is none, or the process that it tells of has gone. */
export function read(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'ESRCH'].includes(code)) throw error;
    return '';
  }
}
