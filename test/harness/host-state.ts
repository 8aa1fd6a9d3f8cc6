/**
 * The state of the system that the tests must not change: its files, mounts and limits. Each test
 * cleans up after itself; this finds changes that a test forgot or made by mistake. Control groups
 * are not compared, as a daemon in use has some.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Directories that are compared with their content. */
const TREES = ['/etc', '/usr/local/bin', '/usr/local/lib'];
/** Directories whose names are compared. */
const LISTED = ['/', '/usr', '/srv', '/opt', '/home', '/var', '/var/lib', '/run/lock'];
/** Directories whose names that begin with `clsync` are compared: others come and go there. */
const SHARED = ['/var/tmp', '/dev/shm'];
/** Bytes from which on a file is not read. */
const LARGE = 1 << 20;
const LIMITS = ['/proc/sys/fs/inotify', '/proc/sys/user', '/proc/sys/kernel/yama'];

export type HostState = ReadonlyMap<string, string>;

/** A description of each object; objects that this user cannot read are left out. */
export function hostState(): HostState {
  const state = new Map<string, string>();
  for (const tree of TREES) for (const name of namesIn(tree, true)) add(state, join(tree, name));
  for (const directory of LISTED)
    for (const name of namesIn(directory)) state.set(join(directory, name), 'exists');
  for (const directory of SHARED)
    for (const name of namesIn(directory).filter((one) => one.startsWith('clsync')))
      state.set(join(directory, name), 'exists');
  for (const directory of LIMITS)
    for (const name of namesIn(directory))
      state.set(join(directory, name), content(directory, name));
  for (const mount of fs.readFileSync('/proc/self/mountinfo', 'latin1').trimEnd().split('\n')) {
    const [id = '', , , root = '', place = ''] = mount.split(' ');
    // systemd's automatic mounts appear and vanish by themselves.
    if (!place.startsWith('/run/user/') && place !== '/proc/sys/fs/binfmt_misc')
      state.set(`mount ${id}`, `${root} at ${place}`);
  }
  return state;
}

/** One line for each change. */
export function changes(before: HostState, after: HostState): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [then, now] = [before.get(name) ?? 'absent', after.get(name) ?? 'absent'];
    return then === now ? [] : [`${name}: ${then} before, ${now} now`];
  });
}

/** Bytes as latin1; with `recursive` also all names beneath, without following symbolic links. */
function namesIn(directory: string, recursive = false): string[] {
  try {
    const entries = fs.readdirSync(directory, { withFileTypes: true, encoding: 'latin1' });
    return entries.flatMap((entry) => {
      const { name } = entry;
      if (!recursive || !entry.isDirectory()) return [name];
      return [name, ...namesIn(join(directory, name), true).map((below) => join(name, below))];
    });
  } catch {
    return [];
  }
}

function add(state: Map<string, string>, path: string): void {
  const status = fs.lstatSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
  if (status === undefined) return;
  const { mode, uid, gid, size } = status;
  state.set(path, `${mode.toString(8)} ${uid}:${gid} ${size} ${mark(path, status)}`);
}

/** What changes with the content. */
function mark(path: string, status: fs.Stats): string {
  // A directory's time changes even when a name was only there for a while.
  if (status.isDirectory()) return '';
  if (!status.isFile() || status.size > LARGE) return status.mtime.toISOString();
  // Some services write a file anew with what it had.
  try {
    return createHash('sha256')
      .update(fs.readFileSync(Buffer.from(path, 'latin1')))
      .digest('hex');
  } catch {
    return 'not readable';
  }
}

function content(directory: string, name: string): string {
  try {
    return fs.readFileSync(join(directory, name), 'latin1').trim();
  } catch {
    return 'not readable';
  }
}
