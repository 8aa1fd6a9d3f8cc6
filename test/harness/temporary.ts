/** Temporary directories that are removed at the end of their test. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from './user.js';

/** Runs clean-up functions when the test ends; `TestContext` of node:test is one. */
export interface Scope {
  after(clean: () => void | Promise<void>): void;
  /** Why the test has failed. */
  readonly error?: unknown;
  /** Is printed with the failure. */
  diagnostic?(message: string): void;
}

const stacks = new WeakMap<Scope, (() => void | Promise<void>)[]>();

/** Runs `clean` at the end of `scope`. Functions run in reverse order of registration. */
export function atEnd(scope: Scope, clean: () => void | Promise<void>): void {
  const known = stacks.get(scope);
  if (known) return void known.push(clean);
  const stack = [clean];
  stacks.set(scope, stack);
  scope.after(async () => {
    for (let task = stack.pop(); task !== undefined; task = stack.pop()) await task();
  });
}

/**
 * A new empty directory that every user can enter; removed with its content at the end of `scope`.
 */
export function temporaryDirectory(scope: Scope, owner?: User): string {
  const directory = mkdtempSync(join(tmpdir(), 'clsync-test-'));
  chmodSync(directory, 0o755);
  if (owner) chownSync(directory, owner.uid, owner.gid);
  atEnd(scope, () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** `directory/name`, created. */
export function subdirectory(directory: string, name: string, owner?: User): string {
  const path = join(directory, name);
  mkdirSync(path, { mode: 0o755, recursive: true });
  if (owner) chownSync(path, owner.uid, owner.gid);
  return path;
}
