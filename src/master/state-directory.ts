/**
 * The directory of `--state-dir`, opened at the start, by descriptor. The executor gets descriptors
 * of its files. They are locked until the last process of the daemon that has them has ended.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
} from 'node:fs';
import { basename, display, fromText, isWithin, join, parent } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { STATE_FILES, STATE_VERSION } from '../shared/state/files.js';
import { Records } from '../shared/state/records.js';
import { native } from '../shared/native.js';
import { codeOf } from '../shared/system-errors.js';
import { lockFile } from './native.js';
import { inDirectory, isTrusted, openPath, cannotWrite } from './open-path.js';
import type { OpenedPath } from './open-path.js';
import { holdsSoon } from './sleep.js';

const OPTION = '--state-dir';
const { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;
const OTHERS = 0o077;
/** Milliseconds that the processes of a daemon that was killed have to end; and between looks. */
const PATIENCE = { all: 5000, one: 50 } as const;

/** What a state was made for, by names for people. With any difference it is another's. */
export type StateIdentity = Readonly<Record<string, string>>;

export interface StateDirectory {
  /** In the order of `STATE_FILES`, to read and write. */
  readonly descriptors: readonly number[];
  /** The executor writes them once it runs. */
  readonly records: Records;
  /** What was there and is not used, as a sentence for the log. */
  readonly aside: string | undefined;
}

/**
 * Opens the states, or makes them: of the first destination in the directory itself, as with one
 * destination, of each other one in a directory there. What is damaged, of another version or of
 * another mirror is renamed to `*.aside`. Throws ClsyncError.
 *
 * @param path absolute
 * @param identities of each destination
 * @param reached directories that handlers can reach
 */
export function openStates(
  path: BytePath,
  identities: readonly StateIdentity[],
  reached: readonly BytePath[],
): readonly StateDirectory[] {
  const states: StateDirectory[] = [];
  try {
    const directory = openOrMake(path, reached);
    try {
      check(directory.descriptor, path);
      for (const [index, identity] of identities.entries())
        states.push(
          index === 0
            ? begin(directory.descriptor, path, identity)
            : beginIn(directory.descriptor, path, identity),
        );
      return states;
    } finally {
      closeSync(directory.descriptor);
    }
  } catch (error) {
    for (const { descriptors } of states) close(descriptors);
    if (error instanceof ClsyncError) throw error;
    throw cannotWrite(OPTION, display(path), error);
  }
}

/** By the destination alone, as the order of several may change. */
function beginIn(above: number, path: BytePath, identity: StateIdentity): StateDirectory {
  const sum = native.checksum(Buffer.from(identity.destination ?? '', 'latin1'));
  const name = `to-${sum.toString(16).padStart(16, '0')}`;
  try {
    mkdirSync(at(above, name), { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const directory = openSync(at(above, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const place = join(path, fromText(name));
    check(directory, place);
    return begin(directory, place, identity);
  } finally {
    closeSync(directory);
  }
}

function openOrMake(path: BytePath, reached: readonly BytePath[]): OpenedPath {
  const above = openPath(parent(path));
  try {
    const opened = open(path);
    checkReach(opened?.path ?? join(above.path, basename(path)), path, reached);
    if (opened !== undefined) return opened;
    mkdirSync(inDirectory(above.descriptor, basename(path)), { mode: 0o700 });
  } finally {
    closeSync(above.descriptor);
  }
  return openPath(path);
}

function open(path: BytePath): OpenedPath | undefined {
  try {
    return openPath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

/** @param place where `path` leads */
function checkReach(place: BytePath, path: BytePath, reached: readonly BytePath[]): void {
  const tree = reached.find((one) => isWithin(place, one) || isWithin(one, place));
  if (tree !== undefined) throw new ClsyncError('STATE_REACHED', display(path), display(tree));
}

function check(directory: number, path: BytePath): void {
  const status = fstatSync(directory);
  if (!isTrusted(status) || (status.mode & OTHERS) !== 0)
    throw new ClsyncError('STATE_DIRECTORY', display(path));
}

function begin(directory: number, path: BytePath, identity: StateIdentity): StateDirectory {
  const found = openFiles(directory, path);
  let before: Records;
  try {
    before = Records.open(found[0] as number);
  } catch (error) {
    close(found);
    throw error;
  }
  const reason = strangeness(before, identity);
  if (reason === undefined) return { descriptors: found, records: before, aside: undefined };
  const isNew = before.isEmpty && found.every((one) => fstatSync(one).size === 0);
  const descriptors = isNew ? found : renewed(directory, path, found);
  const records = Records.open(descriptors[0] as number);
  records.put({ version: STATE_VERSION, identity, id: crypto.randomUUID() });
  const aside =
    `${OPTION}: what is in ${display(path)} ${reason}: it is set aside there (*.aside), and ` +
    'everything is synced';
  return { descriptors, records, aside: isNew ? undefined : aside };
}

function openFiles(directory: number, path: BytePath): number[] {
  const opened: number[] = [];
  try {
    for (const name of STATE_FILES)
      opened.push(openSync(at(directory, name), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600));
    lock(opened[0] as number, path);
    return opened;
  } catch (error) {
    close(opened);
    throw error;
  }
}

/** Waits for the processes of a daemon that was just killed. */
function lock(descriptor: number, path: BytePath): void {
  if (!holdsSoon(() => lockFile(descriptor), PATIENCE))
    throw new ClsyncError('IN_USE', OPTION, display(path), '');
}

/** The records last: as long as they are there, they tell that the others are to be set aside. */
function renewed(directory: number, path: BytePath, found: readonly number[]): number[] {
  for (const name of [...STATE_FILES].reverse())
    renameSync(at(directory, name), at(directory, `${name}.aside`));
  const above = openSync(`/proc/self/fd/${directory}`, O_RDONLY | O_DIRECTORY);
  fsyncSync(above);
  closeSync(above);
  try {
    return openFiles(directory, path);
  } finally {
    close(found);
  }
}

/** Why records are not taken; undefined: they are. */
function strangeness(records: Records, identity: StateIdentity): string | undefined {
  if (records.isDamaged) return 'is damaged';
  if (records.get('version') !== STATE_VERSION) return 'is of another version of clsync';
  const known = records.get('identity');
  const before: Readonly<Record<string, unknown>> =
    typeof known === 'object' && known !== null ? { ...known } : {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(identity)])];
  const others = names.filter((name) => before[name] !== identity[name]);
  return others.length === 0 ? undefined : `is for other settings (${others.join(', ')})`;
}

function at(directory: number, name: string): Buffer {
  return inDirectory(directory, fromText(name));
}

/** Closes what `openState` has opened. */
export function close(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}
