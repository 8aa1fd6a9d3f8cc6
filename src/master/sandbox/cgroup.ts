/**
 * The control group that the executor and its handlers live in: a limit on how many processes they make, and the limits the user asks
 * for. Version 2 where a subtree is ours to divide (systemd's `Delegate=yes`), else version 1 where that is mounted, else none.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromText, toBuffer } from '../../shared/bytes.js';
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
  /** Limits reading and writing on the disks that the directories are on now. */
  limitDisks(): void;
  /** When nothing is left in it. Does nothing when it is gone or still in use: the next start of a daemon removes it then. */
  remove(): void;
}

/** Processes and threads of all handlers together, unless `--handler-pids` says otherwise: room for any rsync, none for a fork bomb. */
export const PROCESSES = 1024;
/** Microseconds in which the share of a processor is measured. */
const CPU_PERIOD = 100_000;

/** Of version 2. */
const CONTROLLERS = { processes: 'pids', memory: 'memory', cpu: 'cpu', io: 'io' } as const satisfies Record<keyof HandlerLimits, string>;
type Controller = 'pids' | 'memory' | 'cpu' | 'blkio' | 'devices' | 'freezer';

export interface CgroupNeeds {
  /** The limit on processes is kept by setrlimit(2) too. */
  readonly processesCounted: boolean;
  /** It ends what no pid namespace ends. */
  readonly frozenToEnd: boolean;
}

/** Throws ClsyncError (NO_CGROUP) when a limit was asked for that then could not be kept. */
export function makeCgroup(settings: SandboxSettings, { processesCounted, frozenToEnd }: CgroupNeeds): Cgroup {
  const name = settings.cgroupName ?? `clsync/${process.pid}`;
  const limits: HandlerLimits = { ...settings.limits, processes: settings.limits.processes ?? PROCESSES };
  try {
    return delegated(limits, settings) ?? firstVersion(name, limits, settings, frozenToEnd);
  } catch (error) {
    const { processes, ...others } = settings.limits;
    if (settings.secureSplitting) throw new ClsyncError('INCOMPLETE_SANDBOX', `no control group: ${(error as Error).message}`);
    // A user's handlers make no device nodes, and see no others.
    const devicesKept = !settings.forbidDevices || process.geteuid?.() !== 0;
    const kept = Object.keys(others).length === 0 && (processes === undefined || processesCounted) && devicesKept;
    // A read-only or foreign hierarchy, as in most containers and for most users.
    if (kept) return { absent: (error as Error).message, joins: [], limitDisks: () => undefined, end: () => Promise.resolve(), remove: () => undefined };
    throw new ClsyncError('NO_CGROUP', (error as Error).message);
  }
}

/** Version 2: the service's own group becomes two leaves, since a group with processes may not hand out controllers. */
function delegated(limits: HandlerLimits, settings: SandboxSettings): Cgroup | undefined {
  const own = ownGroups().get('');
  const mount = mountOf('cgroup2', undefined);
  if (own === undefined || own === '/' || mount === undefined) return undefined;
  const base = join(mount, own);
  if (!readFileSync(join(base, 'cgroup.controllers'), 'latin1').split(/\s/).includes('pids')) return undefined;
  const [master, handlers] = [join(base, 'master'), join(base, 'handlers')];
  make(master);
  writeFileSync(join(master, 'cgroup.procs'), String(process.pid));
  // Those for which there is a limit, and no others: what is not delegated cannot be handed on.
  const limited = (Object.keys(CONTROLLERS) as (keyof HandlerLimits)[]).filter((limit) => limits[limit] !== undefined);
  writeFileSync(join(base, 'cgroup.subtree_control'), limited.map((limit) => '+' + CONTROLLERS[limit]).join(' '));
  make(handlers);
  set(handlers, 'pids.max', limits.processes);
  set(handlers, 'memory.max', limits.memory);
  set(handlers, 'cpu.max', limits.cpu === undefined ? undefined : `${Math.round(limits.cpu * CPU_PERIOD)} ${CPU_PERIOD}`);
  const limitDisks = (): void => {
    if (limits.io !== undefined) for (const disk of disksOf(settings)) set(handlers, 'io.max', `${disk} rbps=${limits.io} wbps=${limits.io}`);
  };
  limitDisks();
  if (settings.forbidDevices && process.geteuid?.() === 0) filterDevices(handlers); // a user's handlers make no device nodes, and see no others
  return { joins: [fromText(join(handlers, 'cgroup.procs'))], limitDisks, end: () => endGroup(handlers, FREEZER.second), remove: () => removeGroups([handlers]) };
}

function firstVersion(name: string, limits: HandlerLimits, settings: SandboxSettings, frozenToEnd: boolean): Cgroup {
  const groups: string[] = [];
  const group = (controller: Controller): string => {
    const mount = mountOf('cgroup', controller);
    if (mount === undefined) throw new Error(`the ${controller} controller is not mounted`);
    const path = join(mount, ownGroups().get(controller) ?? '/', name);
    removeStale(dirname(path));
    make(path);
    groups.push(path);
    return path;
  };
  const counted = group('pids');
  set(counted, 'pids.max', limits.processes);
  if (limits.memory !== undefined) set(group('memory'), 'memory.limit_in_bytes', limits.memory);
  if (limits.cpu !== undefined) {
    const path = group('cpu');
    set(path, 'cpu.cfs_period_us', CPU_PERIOD);
    set(path, 'cpu.cfs_quota_us', Math.round(limits.cpu * CPU_PERIOD));
  }
  const limitDisks = limits.io === undefined ? (): void => undefined : throttle(group('blkio'), limits.io, settings);
  limitDisks();
  if (settings.forbidDevices) forbidDevices(group('devices'));
  const frozen = frozenToEnd && mountOf('cgroup', 'freezer') !== undefined ? group('freezer') : counted;
  return { joins: groups.map((path) => fromText(join(path, 'cgroup.procs'))), limitDisks, end: () => endGroup(frozen, FREEZER.first), remove: () => removeGroups([...groups, ...groups.map(dirname)]) };
}

function throttle(group: string, limit: number, settings: SandboxSettings): () => void {
  return () => {
    for (const disk of disksOf(settings)) {
      for (const way of ['read', 'write']) set(group, `blkio.throttle.${way}_bps_device`, `${disk} ${limit}`);
    }
  };
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

function make(path: string): void {
  mkdirSync(path, { recursive: true });
}

function set(group: string, file: string, value: number | string | undefined): void {
  if (value !== undefined) writeFileSync(join(group, file), String(value));
}

/** This process's group by controller; version 2 goes by the empty name. */
function ownGroups(): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'latin1').split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined) for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  return groups;
}

/** Where a hierarchy is mounted whole. */
function mountOf(type: 'cgroup' | 'cgroup2', controller: Controller | undefined): string | undefined {
  for (const line of readFileSync('/proc/self/mounts', 'latin1').split('\n')) {
    const [, path, found, options = ''] = line.split(' ');
    if (found === type && (controller === undefined || options.split(',').includes(controller))) return path;
  }
  return undefined;
}

/** `major:minor` of the disks below the watch directory and the destination; limits are kept by disk, not by partition. */
function disksOf(settings: SandboxSettings): string[] {
  const paths = [settings.watchDirectory, ...(settings.destination === undefined ? [] : [settings.destination])];
  const disks = paths.flatMap((path) => {
    try {
      const device = statSync(toBuffer(path)).dev;
      const number = `${(device >> 8) & 0xfff}:${device & 0xff}`;
      const isPartition = readdirSync(`/sys/dev/block/${number}`).includes('partition');
      return [isPartition ? readFileSync(`/sys/dev/block/${number}/../dev`, 'latin1').trim() : number];
    } catch {
      return []; // no disk: a file system in memory or on the network; or the directory has just gone
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

/** Groups of daemons that were killed: those named after a process that is no more. */
function removeStale(parent: string): void {
  let names: string[];
  try {
    names = readdirSync(parent).filter((name) => /^\d+$/.test(name) && basename(parent) === 'clsync');
  } catch {
    return; // no daemon has made one yet
  }
  removeGroups(names.filter((pid) => !readdirSync('/proc').includes(pid)).map((pid) => join(parent, pid)));
}
