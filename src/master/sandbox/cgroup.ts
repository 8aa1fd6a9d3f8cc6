/**
 * The control group that the executor and its handlers live in: a limit on how many processes they
 * make, and the limits the user asks for. Version 2 where a subtree is ours to divide (systemd's
 * `Delegate=yes`), else version 1 where that is mounted, else none.
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
  /** Why there is none, in words; then nothing is joined. */
  readonly absent?: string;
  /** Files to which a process writes to join. */
  readonly joins: readonly BytePath[];
  /** Kills whatever is left in it; resolves when nothing is, or what is left cannot be killed. */
  end(): Promise<void>;
  /**
   * Before roles are started again: makes it anew should someone have removed it while it was
   * empty, and limits reading and writing on the disks that the directories are on now. Throws
   * ClsyncError (SANDBOX).
   */
  renew(): void;
  /**
   * When nothing is left in it. Does nothing when it is gone or still in use: the next start of a
   * daemon removes it then.
   */
  remove(): void;
}

/**
 * Processes and threads of all handlers together, unless `--handler-pids` says otherwise: room for
 * any rsync, none for a fork bomb.
 */
export const PROCESSES = 1024;
/** Microseconds in which the share of a processor is measured. */
const CPU_PERIOD = 100_000;

/** Of version 2. */
const CONTROLLERS = {
  processes: 'pids',
  memory: 'memory',
  cpu: 'cpu',
  io: 'io',
} as const satisfies Record<keyof HandlerLimits, string>;

export interface CgroupNeeds {
  /** The limit on processes is kept by setrlimit(2) too. */
  readonly processesCounted: boolean;
  /** It ends what no pid namespace ends. */
  readonly frozenToEnd: boolean;
}

/** Throws ClsyncError (NO_CGROUP) when a limit was asked for that then could not be kept. */
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
    // A user's handlers make no device nodes, and see no others.
    const devicesKept = !settings.forbidDevices || process.geteuid?.() !== 0;
    const kept =
      Object.keys(others).length === 0 &&
      (processes === undefined || processesCounted) &&
      devicesKept;
    // A read-only or foreign hierarchy, as in most containers and for most users.
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

/** A group that cannot be renewed is no fault of ours. */
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
 * Version 2: the service's own group becomes two leaves, since a group with processes may not hand
 * out controllers.
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
  // Those for which there is a limit, and no others: what is not delegated cannot be handed on.
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
    // A user's handlers make no device nodes, and see no others.
    if (!filtered && settings.forbidDevices && process.geteuid?.() === 0) filterDevices(handlers);
    filtered = true;
  };
  renew();
  return {
    joins: [fromText(join(handlers, 'cgroup.procs'))],
    renew,
    end: () => endGroup(handlers, FREEZER.second),
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
    end: () => endGroup(frozen, FREEZER.first),
    remove: () => removeGroups([...paths, ...paths.map(dirname)]),
  };
}

/** What is read from and written to. */
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

/** Version 2. Throws an errno error; an ordinary user may not (EPERM). */
export function filterDevices(path: string): void {
  const group = openSync(path, 'r');
  try {
    native.attachDeviceFilter(group, deviceProgram());
  } finally {
    closeSync(group);
  }
}
