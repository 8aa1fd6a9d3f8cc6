/**
 * The control group of the executor and its handlers: it limits the number of processes and what
 * else the user asks for. Version 2 when this process owns a subtree (systemd's `Delegate=yes`),
 * else version 1 if that is mounted, else none.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { native } from '../../shared/native.js';
import { endGroup, FREEZER } from './cgroup-end.js';
import {
  disksOf,
  make,
  mountOf,
  ownGroups,
  ownSuffix,
  removeGroups,
  removeStale,
  set,
} from './cgroup-tree.js';
import type { Controller } from './cgroup-tree.js';
import { DEVICE_ROWS, deviceProgram } from './devices.js';
import type { HandlerLimits, SandboxSettings } from './settings.js';

export interface Cgroup {
  /** Why there is no group; then nothing is joined. */
  readonly absent?: string;
  /** Files that a process writes its pid to, to join the group. */
  readonly joins: readonly BytePath[];
  /**
   * Kills the processes left in the group. Resolves when none is left, or those left cannot be
   * killed or do not end. @param patience milliseconds
   */
  end(patience: number): Promise<void>;
  /**
   * Called before roles are started again. Makes the group again if it has been removed while it
   * was empty, and sets the limits for the disks that hold the directories now. Throws ClsyncError
   * (SANDBOX).
   */
  renew(): void;
  /**
   * Removes the empty group. Does nothing when it is already removed or still in use; then the next
   * daemon removes it at its start.
   */
  remove(): void;
}

/**
 * The most processes and threads of all handlers together, unless `--handler-pids` sets another
 * limit: enough for any rsync, and the end of a fork bomb.
 */
export const PROCESSES = 1024;
/** The period, in microseconds, in which the share of the processor is measured. */
const CPU_PERIOD = 100_000;

/** Controllers of version 2 by limit. */
const CONTROLLERS = {
  processes: 'pids',
  memory: 'memory',
  cpu: 'cpu',
  io: 'io',
} as const satisfies Record<keyof HandlerLimits, string>;

export interface CgroupNeeds {
  /** setrlimit(2) limits the number of processes as well. */
  readonly processesCounted: boolean;
  /**
   * There is no pid namespace to end the processes, so the group must be able to freeze and kill
   * them.
   */
  readonly frozenToEnd: boolean;
}

/**
 * Makes the control group. Throws ClsyncError (NO_CGROUP) when there can be none and the user asks
 * for a limit that needs it.
 */
export function makeCgroup(
  settings: SandboxSettings,
  { processesCounted, frozenToEnd }: CgroupNeeds,
): Cgroup {
  const name = settings.cgroupName ?? `clsync/${process.pid}${ownSuffix()}`;
  const limits: HandlerLimits = {
    ...settings.limits,
    processes: settings.limits.processes ?? PROCESSES,
  };
  try {
    return explained(
      delegated(limits, settings) ?? firstVersion(name, limits, settings, frozenToEnd),
    );
  } catch (error) {
    const { processes, ...others } = settings.limits;
    if (settings.secureSplitting)
      throw new ClsyncError('INCOMPLETE_SANDBOX', `no control group: ${(error as Error).message}`);
    // An ordinary user's handlers cannot make device nodes.
    const devicesKept = !settings.forbidDevices || process.geteuid?.() !== 0;
    const kept =
      Object.keys(others).length === 0 &&
      (processes === undefined || processesCounted) &&
      devicesKept;
    // The hierarchy is read-only or another user's, as in most containers and for ordinary users.
    if (kept)
      return {
        absent: (error as Error).message,
        joins: [],
        renew: () => undefined,
        end: () => Promise.resolve(),
        remove: () => undefined,
      };
    throw new ClsyncError('NO_CGROUP', (error as Error).message);
  }
}

/** Turns errors of `renew` into ClsyncError: they are not bugs. */
function explained(group: Cgroup): Cgroup {
  const renew = (): void => {
    try {
      group.renew();
    } catch (error) {
      throw new ClsyncError('SANDBOX', 'executor', `control group: ${(error as Error).message}`);
    }
  };
  return { ...group, renew };
}

/**
 * Version 2: divides the service's own group into two leaves, because a group with processes of its
 * own cannot enable controllers for its children.
 */
function delegated(limits: HandlerLimits, settings: SandboxSettings): Cgroup | undefined {
  const own = ownGroups().get('');
  const mount = mountOf('cgroup2', undefined);
  if (own === undefined || own === '/' || mount === undefined) return undefined;
  const base = join(mount, own);
  if (!readFileSync(join(base, 'cgroup.controllers'), 'latin1').split(/\s/).includes('pids'))
    return undefined;
  const [master, handlers] = [join(base, 'master'), join(base, 'handlers')];
  make(master);
  writeFileSync(join(master, 'cgroup.procs'), String(process.pid));
  // Only the controllers of limits: enabling one that is not delegated fails.
  const limited = (Object.keys(CONTROLLERS) as (keyof HandlerLimits)[]).filter(
    (limit) => limits[limit] !== undefined,
  );
  writeFileSync(
    join(base, 'cgroup.subtree_control'),
    limited.map((limit) => '+' + CONTROLLERS[limit]).join(' '),
  );
  let filtered = false;
  const renew = (): void => {
    if (make(handlers)) filtered = false;
    set(handlers, 'pids.max', limits.processes);
    set(handlers, 'memory.max', limits.memory);
    set(
      handlers,
      'cpu.max',
      limits.cpu === undefined ? undefined : `${Math.round(limits.cpu * CPU_PERIOD)} ${CPU_PERIOD}`,
    );
    if (limits.io !== undefined)
      for (const disk of disksOf(treesOf(settings)))
        set(handlers, 'io.max', `${disk} rbps=${limits.io} wbps=${limits.io}`);
    // An ordinary user's handlers cannot make device nodes.
    if (!filtered && settings.forbidDevices && process.geteuid?.() === 0) filterDevices(handlers);
    filtered = true;
  };
  renew();
  return {
    joins: [fromText(join(handlers, 'cgroup.procs'))],
    renew,
    end: (patience) => endGroup(handlers, FREEZER.second, patience),
    remove: () => removeGroups([handlers]),
  };
}

function firstVersion(
  name: string,
  limits: HandlerLimits,
  settings: SandboxSettings,
  frozenToEnd: boolean,
): Cgroup {
  const groups: { readonly path: string; readonly limit: (path: string) => void }[] = [];
  const group = (controller: Controller, limit: (path: string) => void): string => {
    const mount = mountOf('cgroup', controller);
    if (mount === undefined) throw new Error(`the ${controller} controller is not mounted`);
    const path = join(mount, ownGroups().get(controller) ?? '/', name);
    removeStale(dirname(path));
    groups.push({ path, limit });
    return path;
  };
  const counted = group('pids', (path) => set(path, 'pids.max', limits.processes));
  if (limits.memory !== undefined)
    group('memory', (path) => set(path, 'memory.limit_in_bytes', limits.memory));
  if (limits.cpu !== undefined) {
    const share = limits.cpu;
    group('cpu', (path) => {
      set(path, 'cpu.cfs_period_us', CPU_PERIOD);
      set(path, 'cpu.cfs_quota_us', Math.round(share * CPU_PERIOD));
    });
  }
  if (limits.io !== undefined) {
    const rate = limits.io;
    group('blkio', (path) => throttle(path, rate, settings));
  }
  if (settings.forbidDevices) group('devices', forbidDevices);
  const frozen =
    frozenToEnd && mountOf('cgroup', 'freezer') !== undefined
      ? group('freezer', () => undefined)
      : counted;
  const renew = (): void => {
    for (const { path, limit } of groups) {
      make(path);
      limit(path);
    }
  };
  renew();
  const paths = groups.map(({ path }) => path);
  return {
    joins: paths.map((path) => fromText(join(path, 'cgroup.procs'))),
    renew,
    end: (patience) => endGroup(frozen, FREEZER.first, patience),
    remove: () => removeGroups([...paths, ...paths.map(dirname)]),
  };
}

/** The source and the destination. */
function treesOf({ watchDirectory, destination }: SandboxSettings): BytePath[] {
  return [watchDirectory, ...(destination === undefined ? [] : [destination])];
}

function throttle(group: string, limit: number, settings: SandboxSettings): void {
  for (const disk of disksOf(treesOf(settings))) {
    for (const way of ['read', 'write'])
      set(group, `blkio.throttle.${way}_bps_device`, `${disk} ${limit}`);
  }
}

function forbidDevices(path: string): void {
  set(path, 'devices.deny', 'a');
  for (const row of DEVICE_ROWS) set(path, 'devices.allow', row);
}

/**
 * Attaches the device filter to a group of version 2. Throws an errno error; EPERM for an ordinary
 * user.
 */
export function filterDevices(path: string): void {
  const group = openSync(path, 'r');
  try {
    native.attachDeviceFilter(group, deviceProgram());
  } finally {
    closeSync(group);
  }
}
