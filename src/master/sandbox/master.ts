/** Takes the master's rights, once the monitor has those to start the roles. */
import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { ClsyncError } from '../../shared/errors.js';
import { toBuffer } from '../../shared/bytes.js';
import type { Identity, Landlock } from '../../shared/specification.js';
import { native } from '../../shared/native.js';
import type { Refused } from '../../shared/refusals.js';
import { seal } from '../../shared/seal.js';
import { MASTER_SEAL } from '../../shared/seccomp/master.js';
import { capabilitiesIn, maskOf, namesOf, ownCapabilities } from './capabilities.js';
import { executorsOf } from './decision.js';
import type { Decision } from './decision.js';
import { MONITOR_CAPABILITIES } from './roles.js';

/**
 * Rounds of giving up capabilities: a thread that still has them may start another one meanwhile.
 */
const ROUNDS = 5;

/**
 * Confines the master, once the monitor has started the roles: few files, ids of its own, no
 * capability, no core dumps, no inspector, and few system calls and kinds of sockets. Throws
 * ClsyncError (SANDBOX).
 * @param refused is told of system calls that it is refused from then on
 */
export function confineMaster(
  { master: ids, masterFiles }: Pick<Decision, 'master' | 'masterFiles'>,
  refused: Refused,
): void {
  // First, while it may go to all the paths that it keeps.
  if (masterFiles !== undefined) restrictFiles(masterFiles);
  if (ids !== undefined) {
    shedCapabilities(maskOf(['SETGID', 'SETUID']));
    keepingParentDeathSignal(() => takeIds(ids));
  }
  shedCapabilities(0n);
  seal(MASTER_SEAL, refused);
}

/** In all threads, each of which has tried to open what it may not. */
function restrictFiles({ files, network, onFiles, rules }: Landlock): void {
  const [paths, rights] = [rules.map(({ path }) => toBuffer(path)), rules.map((r) => r.allowed)];
  try {
    native.restrictFiles(files, network, onFiles, paths, rights);
  } catch (error) {
    throw new ClsyncError('SANDBOX', 'master', `Landlock: ${(error as Error).message}`);
  }
}

/** The kernel forgets the signal when the ids change; the parent may have ended in between. */
function keepingParentDeathSignal(change: () => void): void {
  const [signal, parent] = [native.parentDeathSignal(), process.ppid];
  change();
  if (signal === 0) return;
  native.setParentDeathSignal(signal);
  if (process.ppid !== parent) process.kill(process.pid, signal);
}

/** In all threads: the C library synchronises them. */
function takeIds({ uid, gid }: Identity): void {
  try {
    native.takeIds(uid, gid);
  } catch (error) {
    throw new ClsyncError('SANDBOX', 'master', `ids: ${(error as Error).message}`);
  }
  const [uids, gids] = [uid, gid].map((id) => [id, id, id, id].join('\t')) as [string, string];
  const isOther = (status: string): boolean =>
    !status.includes(`\nUid:\t${uids}\n`) || !status.includes(`\nGid:\t${gids}\n`);
  if (statusOfThreads().some(isOther))
    throw new ClsyncError('SANDBOX', 'master', 'ids: a thread still has others');
}

/**
 * The capabilities of the monitor: those it gives to roles and those it needs for that, as far as
 * this process has them. KILL ends the control group when there is no pid namespace.
 */
export function capabilitiesOfMonitor(decision: Decision): bigint {
  const executors = executorsOf(decision);
  const own = maskOf([
    ...MONITOR_CAPABILITIES,
    ...(decision.settings.chroot === undefined ? [] : (['SYS_CHROOT'] as const)),
    ...(executors.some(({ executor }) => executor.keeper === 'adoption')
      ? (['KILL'] as const)
      : []),
  ]);
  const given = executors.reduce(
    (mask, { executor }) => mask | executor.capabilities.permitted,
    decision.watcher.capabilities.permitted,
  );
  return (own | given) & ownCapabilities().permitted;
}

/** Whether this process can give up capabilities for good. */
export function mayCutBounding(): boolean {
  return (ownCapabilities().permitted & maskOf(['SETPCAP'])) !== 0n;
}

/**
 * Gives up the starter's groups, before the monitor is started. Where a role works with the ids of
 * an ordinary starter, the groups stay, because his rights depend on them. Throws ClsyncError
 * (SANDBOX).
 */
export function shedGroups(decision: Decision): void {
  const { watcher } = decision;
  const roles = [watcher, ...executorsOf(decision).map(({ executor }) => executor)];
  const isNeeded =
    process.geteuid?.() !== 0 && roles.some(({ identity }) => identity === undefined);
  if (isNeeded || (ownCapabilities().effective & maskOf(['SETGID'])) === 0n) return;
  try {
    native.dropGroups();
  } catch (error) {
    // A user namespace with one id forbids this. There the roles have the starter's groups too, and
    // the start has warned about it.
    if (codeOf(error) === 'EPERM' && watcher.identity === undefined) return;
    throw new ClsyncError('SANDBOX', 'master', `groups: ${(error as Error).message}`);
  }
  if (statusOfThreads().some((status) => !/^Groups:\s*$/m.test(status)))
    throw new ClsyncError('SANDBOX', 'master', 'groups: a thread still has some');
}

function shedCapabilities(needed: bigint): void {
  if (ownCapabilities().permitted === 0n) return; // an ordinary user has no capabilities
  let kept = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    native.limitCapabilities(needed, 0n);
    kept = keptBeside(needed);
    if (kept === 0n) return;
  }
  throw new ClsyncError(
    'SANDBOX',
    'master',
    `capabilities: it still has ${namesOf(kept).join(' ')}`,
  );
}

/** Capabilities other than `needed` that any thread still has in any set. */
function keptBeside(needed: bigint): bigint {
  let all = 0n;
  for (const { permitted, effective, inheritable, bounding } of statusOfThreads().map(
    capabilitiesIn,
  )) {
    // Without CAP_SETPCAP the bounding set cannot shrink; it gives nothing to child processes,
    // because no_new_privs is set.
    const mayShrink = (permitted & maskOf(['SETPCAP'])) !== 0n;
    all |= ((permitted | effective | inheritable) & ~needed) | (mayShrink ? bounding : 0n);
  }
  return all;
}

/** The texts of /proc/self/task/TID/status of all threads that still run. */
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
