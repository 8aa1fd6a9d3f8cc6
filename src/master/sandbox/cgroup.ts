/**
 * The control group that the executor and its handlers live in: a limit on how many processes they
 * make, and the limits the user asks for. Version 2 where a subtree is ours to divide (systemd's
 * `Delegate=yes`), else version 1 where that is mounted, else none.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromText, toBuffer } from '../../shared/bytes.js';
import { mountTable } from '../../shared/mount-table.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { native } from '../../shared/native.js';
import { endGroup, FREEZER } from './cgroup-end.js';
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
type Controller = 'pids' | 'memory' | 'cpu' | 'blkio' | 'devices' | 'freezer';

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
      for (const disk of disksOf(settings))
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

function throttle(group: string, limit: number, settings: SandboxSettings): void {
  for (const disk of disksOf(settings)) {
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

/** Returns whether there was none. */
function make(path: string): boolean {
  return mkdirSync(path, { recursive: true }) !== undefined;
}

function set(group: string, file: string, value: number | string | undefined): void {
  if (value !== undefined) writeFileSync(join(group, file), String(value));
}

/** This process's group by controller; version 2 goes by the empty name. */
function ownGroups(): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'latin1').split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined)
      for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  return groups;
}

/** Where a hierarchy is mounted whole. */
function mountOf(
  type: 'cgroup' | 'cgroup2',
  controller: Controller | undefined,
): string | undefined {
  return mountTable().find(
    (mount) =>
      mount.type === type && (controller === undefined || mount.options.includes(controller)),
  )?.point;
}

/**
 * `major:minor` of the disks below the watch directory and the destination; limits are kept by
 * disk, not by partition.
 */
function disksOf(settings: SandboxSettings): string[] {
  const paths = [
    settings.watchDirectory,
    ...(settings.destination === undefined ? [] : [settings.destination]),
  ];
  const disks = paths.flatMap((path) => {
    try {
      const device = statSync(toBuffer(path)).dev;
      const number = `${(device >> 8) & 0xfff}:${device & 0xff}`;
      const isPartition = readdirSync(`/sys/dev/block/${number}`).includes('partition');
      return [
        isPartition ? readFileSync(`/sys/dev/block/${number}/../dev`, 'latin1').trim() : number,
      ];
    } catch {
      // no disk: a file system in memory or on the network; or the directory has just gone
      return [];
    }
  });
  return [...new Set(disks)];
}

function removeGroups(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmdirSync(path);
    } catch {
      // still in use, or gone
    }
  }
}

/**
 * Groups of daemons that were killed: those named after a process that is no more. Containers may
 * share the hierarchy and count their processes from 1: only groups of our own pid namespace are
 * looked at.
 */
function removeStale(parent: string): void {
  const suffix = ownSuffix();
  let names: string[];
  try {
    names = readdirSync(parent).filter(
      (name) =>
        /^\d+$/.test(name.slice(0, name.length - suffix.length)) &&
        name.endsWith(suffix) &&
        basename(parent) === 'clsync',
    );
  } catch {
    return; // no daemon has made one yet
  }
  removeGroups(
    names
      .filter((name) => !readdirSync('/proc').includes(String(parseInt(name, 10))))
      .map((name) => join(parent, name)),
  );
}

/** PROC_PID_INIT_INO of the kernel's <linux/proc_ns.h>. */
const HOST = 'pid:[4026531836]';

/** Tells groups named after processes of different pid namespaces apart; empty for the host's. */
function ownSuffix(): string {
  const namespace = readlinkSync('/proc/self/ns/pid');
  return namespace === HOST ? '' : `.${namespace.replace(/\D/g, '')}`;
}
