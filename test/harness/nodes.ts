/** The versions of Node with which the tests run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';

export interface TestNode {
  readonly major: number;
  readonly program: string;
  /** Directory with its build of the package posix, which is compiled for one version. */
  readonly modules: string;
}

export const ownNode: TestNode = {
  major: Number(process.versions.node.split('.', 1)[0]),
  program: process.execPath,
  modules: join(FILES.root, 'node_modules'),
};

/** Milliseconds for downloading about 50 MB and compiling posix. */
const PATIENCE = 300_000;

/**
 * The newest release of a major version, cached in build/; or the reason why it is not available.
 */
export function fetchNode(major: number): TestNode | string {
  const directory = join(FILES.root, 'build/nodes', String(major));
  const { status, stderr, error } = spawnSync('scripts/fetch-node', [String(major), directory], {
    cwd: FILES.root,
    encoding: 'utf8',
    timeout: PATIENCE,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0)
    return {
      major,
      program: join(directory, 'bin/node'),
      modules: join(directory, 'node_modules'),
    };
  return (
    'it cannot be fetched from npm: ' + (error?.message ?? stderr.trim().split('\n', 1)[0] ?? '')
  );
}
