/**
 * The control groups: of the executor and its handlers, which limits the number of processes and
 * what else the user asks for, and of the watcher where its memory is limited. Version 2 when this
 * process owns a subtree (systemd's `Delegate=yes`), else version 1 if that is mounted, else none.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { systemReason } from '../../shared/system-errors.js';
import type { Level } from '../../shared/report.js';
import { native } from '../../shared/native.js';
import {
  disksOf,
  make,
  mountOf,
  ownGroups,
  ownSuffix,
  removeGroups,
  removeStale,
} from './cgroup-tree.js';
import type { Controller } from './cgroup-tree.js';
import { DEVICE_ROWS, deviceProgram } from './devices.js';
import { limitedMemory, memoryLimits } from './cgroup-memory.js';
import type { LimitedMemory } from './cgroup-memory.js';
import type { Cgroup, GroupRow } from './cgroup-terms.js';
import type { SandboxedRole } from './roles.js';
import { treesOf } from './settings.js';
import type { HandlerLimits, SandboxSettings } from './settings.js';

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
 * Makes the control group of all executors. Throws ClsyncError (NO_CGROUP) when there can be none
 * and the user asks for a limit that needs it.
 */
export function makeCgroup(
  settings: SandboxSettings,
  { processesCounted, frozenToEnd }: CgroupNeeds,
  others: readonly SandboxSettings[] = [],
): Cgroup {
  const name = settings.cgroupName ?? `clsync/${process.pid}${ownSuffix()}`;
  const limits: HandlerLimits = {
    ...settings.limits,
    processes: settings.limits.processes ?? PROCESSES,
  };
  try {
    const group = delegated(limits, settings) ?? firstVersion(name, limits, settings, frozenToEnd);
    applyRows(group.rows, [settings, ...others].flatMap(treesOf));
    return group;
  } catch (error) {
    const { processes, ...others } = settings.limits;
    if (settings.secureSplitting)
      throw new ClsyncError('INCOMPLETE_SANDBOX', `no control group: ${reasonOf(error)}`);
    // An ordinary user's handlers cannot make device nodes.
    const devicesKept = !settings.forbidDevices || process.geteuid?.() !== 0;
    const kept =
      Object.keys(others).length === 0 &&
      settings.watcherMemory === undefined &&
      (processes === undefined || processesCounted) &&
      devicesKept;
    // The hierarchy is read-only or another user's, as in most containers and for ordinary users.
    if (kept)
      return {
        absent: reasonOf(error),
        joins: { watcher: [], executor: [] },
        memory: [],
        rows: [],
        ended: undefined,
        groups: [],
      };
    throw new ClsyncError('NO_CGROUP', reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const { path, message } = error as NodeJS.ErrnoException;
  return path === undefined ? message : `${path}: ${systemReason(error)}`;
}

/** Says that there is none. An ordinary user rarely has one: that is not worth a warning then. */
export function absenceOf(group: Cgroup | undefined): readonly (readonly [Level, string])[] {
  if (group?.absent === undefined) return [];
  const text = `no control group for handlers (${group.absent}): their processes are limited by uid`;
  return [[process.geteuid?.() === 0 ? 'warning' : 'debug1', text]];
}

/** Removes the empty group, where no monitor does that. */
export function removeCgroup({ groups }: Cgroup): void {
  removeGroups(groups);
}

/** @param trees on whose disks limits are set */
function applyRows(rows: readonly GroupRow[], trees: readonly BytePath[]): void {
  let made = false;
  for (const row of rows)
    switch (row.kind) {
      case 'make':
        made = make(row.path);
        break;
      case 'set':
        writeFileSync(row.path, row.text);
        break;
      case 'setDisks':
        for (const disk of disksOf(trees)) writeFileSync(row.path, `${disk} ${row.text}`);
        break;
      case 'filter':
        if (made) filterDevices(row.path, row.program);
    }
}

function setting(group: string, file: string, value: number | string | undefined): GroupRow[] {
  return value === undefined ? [] : [{ kind: 'set', path: join(group, file), text: String(value) }];
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
  const controllers = readFileSync(join(base, 'cgroup.controllers'), 'latin1').split(/\s/);
  if (!controllers.includes('pids')) return undefined;
  const [master, handlers, watcher] = [
    join(base, 'master'),
    join(base, 'handlers'),
    join(base, 'watcher'),
  ];
  const memory = memoryLimits(settings, controllers.includes('memory'));
  make(master);
  writeFileSync(join(master, 'cgroup.procs'), String(process.pid));
  // Only the controllers of limits: enabling one that is not delegated fails.
  const limited = (Object.keys(CONTROLLERS) as (keyof HandlerLimits)[]).filter((limit) =>
    limit === 'memory' ? Object.keys(memory).length > 0 : limits[limit] !== undefined,
  );
  writeFileSync(
    join(base, 'cgroup.subtree_control'),
    limited.map((limit) => '+' + CONTROLLERS[limit]).join(' '),
  );
  const places = { watcher, executor: handlers };
  // An ordinary user's handlers cannot make device nodes.
  const filters = settings.forbidDevices && process.geteuid?.() === 0;
  const { io, cpu } = limits;
  return {
    joins: {
      watcher: memory.watcher === undefined ? [] : [fromText(join(watcher, 'cgroup.procs'))],
      executor: [fromText(join(handlers, 'cgroup.procs'))],
    },
    memory: limitedMemory(memory, (role) => join(places[role], 'memory.events')),
    rows: [
      ...(memory.watcher === undefined
        ? []
        : [
            { kind: 'make', path: watcher } as const,
            ...setting(watcher, 'memory.max', memory.watcher),
          ]),
      { kind: 'make', path: handlers },
      ...(filters ? [{ kind: 'filter', path: handlers, program: deviceProgram() } as const] : []),
      ...setting(handlers, 'pids.max', limits.processes),
      ...setting(handlers, 'memory.max', memory.executor),
      ...setting(
        handlers,
        'cpu.max',
        cpu === undefined ? undefined : `${Math.round(cpu * CPU_PERIOD)} ${CPU_PERIOD}`,
      ),
      ...(io === undefined
        ? []
        : [
            {
              kind: 'setDisks',
              path: join(handlers, 'io.max'),
              text: `rbps=${io} wbps=${io}`,
            } as const,
          ]),
    ],
    ended: { path: handlers, version: 2 },
    groups: [handlers, ...(memory.watcher === undefined ? [] : [watcher])],
  };
}

function firstVersion(
  name: string,
  limits: HandlerLimits,
  settings: SandboxSettings,
  frozenToEnd: boolean,
): Cgroup {
  const paths: string[] = [];
  const rows: GroupRow[] = [];
  const group = (
    controller: Controller,
    limit: (path: string) => readonly GroupRow[],
    itsName = name,
  ): string => {
    const mount = mountOf('cgroup', controller);
    if (mount === undefined) throw new Error(`the ${controller} controller is not mounted`);
    const path = join(mount, ownGroups().get(controller) ?? '/', itsName);
    removeStale(dirname(path));
    paths.push(path);
    rows.push({ kind: 'make', path: dirname(path) }, { kind: 'make', path });
    for (const row of limit(path)) rows.push(row);
    return path;
  };
  const limited: LimitedMemory[] = [];
  const { memory, cpu, io } = limits;
  const counted = group('pids', (path) => setting(path, 'pids.max', limits.processes));
  const limitMemory = (role: SandboxedRole, limit: number, itsName = name): string => {
    const path = group('memory', (at) => setting(at, 'memory.limit_in_bytes', limit), itsName);
    limited.push({ role, limit, events: join(path, 'memory.oom_control') });
    return path;
  };
  if (memory !== undefined) limitMemory('executor', memory);
  if (cpu !== undefined)
    group('cpu', (path) => [
      ...setting(path, 'cpu.cfs_period_us', CPU_PERIOD),
      ...setting(path, 'cpu.cfs_quota_us', Math.round(cpu * CPU_PERIOD)),
    ]);
  if (io !== undefined)
    group('blkio', (path) =>
      ['read', 'write'].map((way) => ({
        kind: 'setDisks',
        path: join(path, `blkio.throttle.${way}_bps_device`),
        text: String(io),
      })),
    );
  if (settings.forbidDevices)
    group('devices', (path) => [
      ...setting(path, 'devices.deny', 'a'),
      ...DEVICE_ROWS.flatMap((row) => setting(path, 'devices.allow', row)),
    ]);
  const frozen =
    frozenToEnd && mountOf('cgroup', 'freezer') !== undefined
      ? group('freezer', () => [])
      : counted;
  // The launcher is one thread. `cgroup.procs` would wait for all processors, some 10 ms.
  const joins = (of: readonly string[]): BytePath[] =>
    of.map((path) => fromText(join(path, 'tasks')));
  const executor = [...paths];
  const { watcherMemory } = settings;
  const watcher =
    watcherMemory === undefined
      ? []
      : [limitMemory('watcher', watcherMemory, name.replace('/', '-watcher/'))];
  return {
    joins: { watcher: joins(watcher), executor: joins(executor) },
    memory: limited,
    rows,
    ended: { path: frozen, version: 1 },
    groups: [...paths, ...paths.map(dirname)],
  };
}

/**
 * Attaches the device filter to a group of version 2. Throws an errno error; EPERM for an ordinary
 * user.
 */
export function filterDevices(path: string, program = deviceProgram()): void {
  const group = openSync(path, 'r');
  try {
    native.attachDeviceFilter(group, program);
  } finally {
    closeSync(group);
  }
}
