/** The strict view: a root that holds what the role was granted and nothing else. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fromText, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Identity, MountAttribute, MountRow, View } from '../../shared/specification.js';
import { grantsOf, isExecutable, isWritable, linkValue } from './grants.js';
import type { Grant } from './grants.js';
import { ROLES } from './roles.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

const PASSWD = fromText('/etc/passwd');
const DEVICES = '/dev/';

const PROC = fromText('/proc');
/** Shows processes of the role's own pid namespace, of those only what it may trace, and of the kernel nothing. Nothing there is written. */
export const PROCESSES_ONLY: readonly MountRow[] = [
  { kind: 'proc', target: PROC, options: 'hidepid=invisible,subset=pid' },
  { kind: 'attributes', target: PROC, set: ['readOnly'], recursive: false },
];
/** With what the kernel shows of itself, for programs that were written for the host's. */
const WHOLE_PROC: MountRow = { kind: 'proc', target: PROC, options: 'hidepid=invisible' };

export function strictView(role: SandboxedRole, settings: SandboxSettings, identity: Identity | undefined): View {
  const granted = outsideLinks(grantsOf(role, settings)).map((grant) => show(grant, settings, identity));
  const own = role === 'executor' ? [...deviceLinks(), ...temporaryRows(settings)] : [];
  const rows: MountRow[] = [...granted, ...PROCESSES_ONLY, ...own].sort(byTarget);
  const root: MountRow = { kind: 'attributes', target: fromText('/'), set: ['readOnly', 'noSetuid', 'noDevices'], recursive: false };
  return { freshRoot: true, rows: [...rows, root] };
}

/** A directory comes before what lies in it. */
export function byTarget(a: MountRow, b: MountRow): number {
  return a.target < b.target ? -1 : a.target > b.target ? 1 : 0;
}

/** What is named through a granted symbolic link (/bin/sh, where /bin leads to usr/bin) is seen through it, and granted by its own name too. */
function outsideLinks(grants: readonly Grant[]): Grant[] {
  const links = grants.filter(({ path }) => linkValue(path) !== undefined);
  return grants.filter(({ path }) => !links.some((link) => link.path !== path && isWithin(path, link.path)));
}

/** The host's files as they are, but read-only except for what is granted for writing; processes as in the strict view. */
export function hostView(role: SandboxedRole, settings: SandboxSettings): View {
  const writable = grantsOf(role, settings).filter(isWritable);
  const temporary: Grant = { path: settings.temporaryDirectory, access: 'write' };
  // What is seen may be executed, here as anywhere on the host.
  // A mount of its own also keeps the source in its place when the host unmounts it, and that unmount comes through.
  const source: Grant[] = isWatchedWhole(settings) || writable.some(({ path }) => path === settings.watchDirectory) ? [] : [{ path: settings.watchDirectory, access: 'execute' }];
  const binds = [...[...writable, temporary].map((grant): Grant => ({ ...grant, access: 'all' })), ...source].map(bindRow).sort(byTarget);
  // Not noDevices, which would take /dev/null away with the rest.
  const whole: MountRow = { kind: 'attributes', target: fromText('/'), set: ['readOnly', 'noSetuid'], recursive: true };
  return { freshRoot: false, rows: [whole, ...binds, ...(keepsProcessNumbers(role, settings) ? [] : [WHOLE_PROC])] };
}

/** `--compat`: the host's files as they are. */
export const COMPATIBLE_VIEW: View = { freshRoot: false, rows: [] };

/**
 * Handlers that work with the host's other programs find them by the numbers they have there (in pid files, say), and are found by
 * theirs: no pid namespace, and the host's /proc.
 */
export function keepsProcessNumbers(role: SandboxedRole, { compat, view }: SandboxSettings): boolean {
  return role === 'executor' && (compat || view === 'host');
}

/** Nothing is left to hide. */
export function isWatchedWhole({ watchDirectory }: SandboxSettings): boolean {
  return watchDirectory === '/';
}

function show(grant: Grant, settings: SandboxSettings, identity: Identity | undefined): MountRow {
  const value = linkValue(grant.path);
  if (value !== undefined) return { kind: 'symlink', target: grant.path, value };
  if (grant.path === PASSWD && identity !== undefined) return { kind: 'file', target: PASSWD, mode: 0o644, content: passwdFor(identity, settings) };
  return bindRow(grant);
}

/** At its own place, with everything mounted beneath it. */
export function bindRow(grant: Grant): MountRow {
  return { kind: 'bind', source: grant.path, target: grant.path, set: attributes(grant) };
}

function attributes(grant: Grant): readonly MountAttribute[] {
  const isDevice = grant.path.startsWith(DEVICES);
  const lost: readonly (readonly [MountAttribute, boolean])[] = [['noSetuid', true], ['noDevices', !isDevice], ['noExecution', !isExecutable(grant)], ['readOnly', !isWritable(grant)]];
  return lost.filter(([, isLost]) => isLost).map(([attribute]) => attribute);
}

/**
 * ssh refuses to work for a uid without an entry, takes its home for the place of the keys, and its name for the one to log in with where
 * the destination names none: both are the starter's, unless the user chose whose ids the handler has.
 */
function passwdFor(identity: Identity, settings: SandboxSettings): Buffer {
  const lines = readFileSync(PASSWD, 'latin1').split('\n').filter((line) => line !== '');
  const known = lines.find((line) => line.split(':')[2] === String(identity.uid));
  if (known !== undefined && !known.startsWith(`${ROLES.executor.user}:`)) return Buffer.from([...lines, ''].join('\n'), 'latin1');
  const name = settings.remoteDestination ? userInfo().username : `clsync-${identity.uid}`;
  const own = `${name}:x:${identity.uid}:${identity.gid}::${process.env['HOME'] ?? '/'}:/usr/sbin/nologin`;
  return Buffer.from([...lines.filter((line) => line !== known), own, ''].join('\n'), 'latin1');
}

/** Temporary directories of the role's own, from which nothing is executed. */
export function temporaryRows(settings: SandboxSettings): MountRow[] {
  const targets = new Set<BytePath>([fromText('/tmp'), settings.temporaryDirectory]);
  targets.delete(settings.listsDirectory ?? fromText(''));
  return [...targets].flatMap((target): MountRow[] => [
    { kind: 'tmpfs', target, options: 'mode=1777,size=25%' },
    { kind: 'attributes', target, set: ['noExecution'], recursive: false },
  ]);
}

function deviceLinks(): MountRow[] {
  const links = { fd: '/proc/self/fd', stdin: '/proc/self/fd/0', stdout: '/proc/self/fd/1', stderr: '/proc/self/fd/2' };
  return Object.entries(links).map(([name, value]) => ({ kind: 'symlink', target: fromText(DEVICES + name), value: fromText(value) }));
}
