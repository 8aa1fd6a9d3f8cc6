/**
 * The views of the file system: a new root that holds only what the role is granted, or the host's
 * root with some paths mounted over.
 */
import { isAmongDevices } from '../../shared/aside.js';
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { MountAttribute, MountRow, View } from '../../shared/specification.js';
import type { FileCopies } from './copies.js';
import { isDeviceNode, isExecutable, isWritable, linkValue } from './grants.js';
import type { Grant } from './grants.js';
import { privateRows } from './private-places.js';
import { withLinkless } from './linkless.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import { sharedMount } from './settings.js';
import type { SandboxSettings } from './settings.js';
import { PASSWD } from './system-files.js';

const DEVICES = '/dev/';

const PROC = fromText('/proc');
/**
 * A /proc with the processes of the role's own pid namespace only, of those only the ones it may
 * trace, and without the kernel's files. It is read-only.
 */
export const PROCESSES_ONLY: readonly MountRow[] = [
  { kind: 'proc', target: PROC, options: 'hidepid=invisible,subset=pid' },
  { kind: 'attributes', target: PROC, set: ['readOnly'], recursive: false },
];
/** A /proc with the kernel's files too, for programs written for the host's /proc. */
const WHOLE_PROC: MountRow = { kind: 'proc', target: PROC, options: 'hidepid=invisible' };

/**
 * The strict view: a new root with the role's grants. @param copies undefined: system files are
 * shown themselves
 */
export function strictView(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
): View {
  const grants = mountedGrants(role, settings);
  const { ownPlaces } = ROLES[role].terms(settings);
  const data = [settings.watchDirectory, settings.destination];
  const granted = grants
    .filter((grant) => data.includes(grant.path) || !isSeen(grant, grants))
    .map((grant) => show(grant, copies));
  const links = ownPlaces
    ? deviceLinks().filter(({ target }) => enclosing(target, grants) === undefined)
    : [];
  const { made, closed } = ownPlaces ? privateRows(settings, grants) : { made: [], closed: [] };
  const rows: MountRow[] = [...granted, ...links, ...PROCESSES_ONLY, ...made].sort(byTarget);
  const root: MountRow = {
    kind: 'attributes',
    target: fromText('/'),
    set: ['readOnly', 'noSetuid', 'noDevices'],
    recursive: false,
  };
  return { freshRoot: true, rows: [...rows, ...closed, root] };
}

/** The grants, with one mount for the destination and its old versions, see `sharedMount`. */
function mountedGrants(role: SandboxedRole, settings: SandboxSettings): readonly Grant[] {
  return withLinkless(joined(ROLES[role].grants(settings), settings), settings);
}

function joined(grants: readonly Grant[], settings: SandboxSettings): readonly Grant[] {
  const { destination, backupDirectory } = settings;
  const shared = sharedMount(settings);
  if (shared === undefined || !grants.some(({ path }) => path === backupDirectory)) return grants;
  const others = grants.filter(({ path }) => path !== destination && path !== backupDirectory);
  return [...others, { path: shared, access: 'write' }];
}

/** Sorts rows so that a directory comes before the paths in it. */
export function byTarget(a: MountRow, b: MountRow): number {
  return a.target < b.target ? -1 : a.target > b.target ? 1 : 0;
}

/**
 * Whether a granted directory already shows the path, with at least the same access. Such a path
 * needs no mount of its own, and a path named through a granted symbolic link (/bin/sh, where /bin
 * leads to usr/bin) cannot have one.
 */
function isSeen(grant: Grant, grants: readonly Grant[]): boolean {
  const around = enclosing(grant.path, grants);
  if (around === undefined) return false;
  if (linkValue(around.path) !== undefined || linkValue(grant.path) !== undefined) return true;
  const lost = attributes(grant);
  return attributes(around).every((attribute) => lost.includes(attribute));
}

/** The grant of the nearest granted directory above a path. */
function enclosing(path: BytePath, grants: readonly Grant[]): Grant | undefined {
  const above = grants.filter((grant) => grant.path !== path && isWithin(path, grant.path));
  return above.reduce<Grant | undefined>(
    (nearest, grant) =>
      nearest !== undefined && nearest.path.length > grant.path.length ? nearest : grant,
    undefined,
  );
}

/**
 * The host view: the host's files, read-only except for paths granted for writing, and a /proc with
 * only the processes that the role may trace.
 */
export function hostView(
  role: SandboxedRole,
  settings: SandboxSettings,
  copies: FileCopies | undefined,
): View {
  const { hostNumbers } = ROLES[role].terms(settings);
  // What is made read-only here can be opened for writing all the same where it is a device.
  const writable = mountedGrants(role, settings).filter(
    (grant) => isWritable(grant) && !isDeviceNode(grant.path),
  );
  // Everything visible may be executed, as on the host. A mount of its own keeps the source in its
  // place when the host unmounts it, and lets that unmount succeed.
  const source: Grant[] =
    isWatchedWhole(settings) || writable.some(({ path }) => path === settings.watchDirectory)
      ? []
      : [{ path: settings.watchDirectory, access: 'execute' }];
  const shown = [...writable.map((grant): Grant => ({ ...grant, access: 'all' })), ...source];
  const binds = withLinkless(shown, settings)
    .map((grant) => bindRow(grant))
    .sort(byTarget);
  // For programs not noDevices, which would make /dev/null unusable too.
  const whole: MountRow = {
    kind: 'attributes',
    target: fromText('/'),
    set: ['readOnly', 'noSetuid', ...(settings.executes ? [] : (['noDevices'] as const))],
    recursive: true,
  };
  const passwd =
    copies?.sourceOf(PASSWD) !== undefined
      ? [bindRow({ path: PASSWD, access: 'read' }, copies)]
      : [];
  return {
    freshRoot: false,
    rows: [whole, ...binds, ...passwd, ...(hostNumbers ? [] : [WHOLE_PROC])],
  };
}

/** `--compat`: the host's files, unchanged. */
export const COMPATIBLE_VIEW: View = { freshRoot: false, rows: [] };

/** Whether the watch directory is the root directory: then a view hides nothing. */
export function isWatchedWhole({ watchDirectory }: SandboxSettings): boolean {
  return watchDirectory === '/';
}

function show(grant: Grant, copies: FileCopies | undefined): MountRow {
  const value = copies?.sourceOf(grant.path) === undefined ? linkValue(grant.path) : undefined;
  return value === undefined
    ? bindRow(grant, copies)
    : { kind: 'symlink', target: grant.path, value };
}

/** Mounts a granted path, or its copy, at its own path, with everything mounted beneath it. */
export function bindRow(grant: Grant, copies?: FileCopies): MountRow {
  return {
    kind: 'bind',
    source: copies?.sourceOf(grant.path) ?? grant.path,
    target: grant.path,
    set: attributes(grant),
  };
}

function attributes(grant: Grant): readonly MountAttribute[] {
  // A read-only mount keeps owner and mode of a device; that it is written to, it does not hinder.
  const isFixed = !isWritable(grant) || isDeviceNode(grant.path);
  const lost: readonly (readonly [MountAttribute, boolean])[] = [
    ['noSetuid', true],
    ['noDevices', !isAmongDevices(grant.path)],
    ['noExecution', !isExecutable(grant)],
    ['readOnly', isFixed],
    ['noLinks', grant.linkless === true],
  ];
  return lost.filter(([, isLost]) => isLost).map(([attribute]) => attribute);
}

function deviceLinks(): MountRow[] {
  const links = {
    fd: '/proc/self/fd',
    stdin: '/proc/self/fd/0',
    stdout: '/proc/self/fd/1',
    stderr: '/proc/self/fd/2',
  };
  return Object.entries(links).map(([name, value]) => ({
    kind: 'symlink',
    target: fromText(DEVICES + name),
    value: fromText(value),
  }));
}
