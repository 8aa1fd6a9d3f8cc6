/** A copy of the checkout for one run of the tests, in a place that every user can read. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { TestNode } from './nodes.js';

/** Not copied: large, and not needed for the tests. */
const LEFT_OUT = ['.git', 'build/nodes', 'build/fuzz'];

export class Stage {
  readonly directory = mkdtempSync(join(tmpdir(), 'clsync-tests-'));

  constructor(checkout: string) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => this.abandon(signal));
    // Preserves times, so that make in the copy does not rebuild anything.
    const filter = (path: string): boolean => !LEFT_OUT.includes(relative(checkout, path));
    cpSync(checkout, this.directory, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      filter,
    });
    openToAll(this.directory);
  }

  /**
   * Installs the build of posix for this Node; returns the path of the Node, or of a copy if not
   * every user can execute it.
   */
  prepare({ major, program, modules }: TestNode): string {
    const posix = join(this.directory, 'node_modules/posix');
    rmSync(posix, { recursive: true, force: true });
    cpSync(join(modules, 'posix'), posix, { recursive: true, preserveTimestamps: true });
    openToAll(posix);
    if (isReadable(program)) return program;
    const copy = join(this.directory, `nodes/${major}/node`);
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
    cpSync(program, copy);
    openToAll(copy);
    return copy;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private abandon(signal: NodeJS.Signals): void {
    this.remove();
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
}

/** Makes it readable for every user, whatever the umask at checkout and build was. */
function openToAll(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const mode = stat.mode & 0o7777;
  const executable = stat.isDirectory() || (mode & 0o100) !== 0;
  chmodSync(path, mode | (executable ? 0o055 : 0o044));
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}

function isReadable(program: string): boolean {
  for (let path = program; existsSync(path); path = dirname(path)) {
    if ((statSync(path).mode & 0o005) !== 0o005) return false;
    if (path === '/') return true;
  }
  return false;
}
