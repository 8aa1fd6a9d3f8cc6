/** Checks, before anything starts, that the program's own files can be read under a role's ids. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathOfProgram } from '../../shared/compiled-program.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import type { Identity } from '../../shared/specification.js';
import { maskOf } from './capabilities.js';
import type { SandboxedRole } from './roles.js';

const READ = 4;
const SEARCH = 1;

/**
 * Throws ClsyncError (UNREADABLE_INSTALLATION) with the first path that the role cannot pass or
 * read.
 */
export function checkReadable(role: SandboxedRole, identity: Identity, capabilities: bigint): void {
  if ((capabilities & maskOf(['DAC_READ_SEARCH', 'DAC_OVERRIDE'])) !== 0n) return;
  const program = pathOfProgram(dirname(FILES[role]));
  for (const file of [process.execPath, FILES[role], program, FILES.addon, FILES.launcher]) {
    const obstacle = firstObstacle(file, identity);
    if (obstacle !== undefined)
      throw new ClsyncError('UNREADABLE_INSTALLATION', obstacle, `${role} (uid ${identity.uid})`);
  }
}

function firstObstacle(file: string, identity: Identity): string | undefined {
  const directories: string[] = [];
  for (let at = dirname(file); directories[0] !== at; at = dirname(at)) directories.unshift(at);
  return (
    directories.find((directory) => !allows(directory, SEARCH, identity)) ??
    (allows(file, READ, identity) ? undefined : file)
  );
}

function allows(path: string, bit: number, identity: Identity): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift =
    uid === identity.uid ? 6 : gid === identity.gid || identity.groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
