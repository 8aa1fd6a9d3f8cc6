/** The master's own rights, cut to what it takes to start its roles again. */
import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { ClsyncError } from '../../shared/errors.js';
import { native } from '../../shared/native.js';
import { seal } from '../../shared/seal.js';
import { masterSeal } from '../../shared/seccomp/tables.js';
import { capabilitiesIn, maskOf, namesOf, ownCapabilities } from './capabilities.js';
import { needsNetwork } from './decision.js';
import type { Decision } from './decision.js';
import { MASTER_CAPABILITIES, OWN_FILES } from './roles.js';

/** Threads may be made by threads that have not given theirs up yet. */
const ROUNDS = 5;

/**
 * Once the roles are planned: no core dumps, no inspector, no groups, the least of capabilities,
 * system calls and sockets. Throws ClsyncError (SANDBOX).
 */
export function confineMaster(sandbox: Decision): void {
  shedGroups(sandbox);
  shedCapabilities(sandbox);
  seal(masterSeal(needsNetwork(sandbox)));
}

/**
 * What it hands out, and what it takes to do so; of that, what it has. KILL ends the control group
 * where there is no pid namespace.
 */
export function capabilitiesOfMaster({ watcher, executor, settings }: Decision): bigint {
  const own = maskOf([
    ...MASTER_CAPABILITIES,
    ...OWN_FILES,
    ...(settings.chroot === undefined ? [] : (['SYS_CHROOT'] as const)),
    ...(executor.keeper === 'adoption' ? (['KILL'] as const) : []),
  ]);
  return (
    (own | watcher.capabilities.permitted | executor.capabilities.permitted) &
    ownCapabilities().permitted
  );
}

/**
 * The groups of whoever started it; where a role works with an ordinary starter's ids, his groups
 * are its rights.
 */
function shedGroups({ watcher, executor }: Decision): void {
  const isNeeded =
    process.geteuid?.() !== 0 &&
    (watcher.identity === undefined || executor.identity === undefined);
  if (isNeeded || (ownCapabilities().effective & maskOf(['SETGID'])) === 0n) return;
  try {
    process.setgroups?.([]); // of all threads, as the C library has it
  } catch (error) {
    // A user namespace of one id forbids it; there the roles have the starter's groups too, of
    // which the start has warned.
    if (codeOf(error) === 'EPERM' && watcher.identity === undefined) return;
    throw new ClsyncError('SANDBOX', 'master', `groups: ${(error as Error).message}`);
  }
  if (statusOfThreads().some((status) => !/^Groups:\s*$/m.test(status)))
    throw new ClsyncError('SANDBOX', 'master', 'groups: a thread still has some');
}

function shedCapabilities(sandbox: Decision): void {
  const needed = capabilitiesOfMaster(sandbox);
  if (needed === 0n) return; // an ordinary user has none to give up
  let kept = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    native.limitCapabilities(needed);
    kept = keptBeside(needed);
    if (kept === 0n) return;
  }
  throw new ClsyncError(
    'SANDBOX',
    'master',
    `capabilities: it still has ${namesOf(kept).join(' ')}`,
  );
}

/** What any thread has in any set. */
function keptBeside(needed: bigint): bigint {
  let all = 0n;
  for (const { permitted, effective, inheritable, bounding } of statusOfThreads().map(
    capabilitiesIn,
  )) {
    // Who may not shrink the bounding set (CAP_SETPCAP) starts nothing that gains by it:
    // no_new_privs holds.
    const mayShrink = (permitted & maskOf(['SETPCAP'])) !== 0n;
    all |= permitted | effective | inheritable | (mayShrink ? bounding : 0n);
  }
  return all & ~needed;
}

/** /proc/self/task/TID/status of all that have not ended meanwhile. */
function statusOfThreads(): string[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return [readFileSync(`/proc/self/task/${thread}/status`, 'latin1')];
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ESRCH') throw error;
      return [];
    }
  });
}
