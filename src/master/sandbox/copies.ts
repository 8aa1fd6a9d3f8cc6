/**
 * Copies of system files that a view shows in place of the originals. A mounted file stays the old
 * one when a new one is renamed over it, as network managers and package tools do; mounting its
 * directory would show other files too. So the master writes copies, has them mounted, and updates
 * them when the originals change.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { lockFile } from '../native.js';
import { uniqueName } from '../../shared/unique-name.js';
import { ifPresent } from '../../shared/system-errors.js';
import {
  basename,
  fromBuffer,
  fromText,
  isWithin,
  join,
  parent,
  toBuffer,
} from '../../shared/bytes.js';
import { readWhole } from '../read-file.js';
import type { BytePath } from '../../shared/bytes.js';

/** Milliseconds after which a directory of copies counts as left behind by a killed daemon. */
const ABANDONED = 60_000;
const NAME = /^clsync-copies-[0-9a-f]{16}$/;
/** Bytes of the largest file that is copied: passwd of a large place has some millions. */
const LARGEST = 64 << 20;
const PLACES = ['/run', '/dev/shm', '/tmp', '/var/tmp'].map(fromText);

interface Copy {
  readonly descriptor: number;
  /** Identifies the state of the original; undefined: it did not exist. */
  seen: string | undefined;
}

/** Makes the content of the copy from the content of the original. */
export type Edit = (original: Buffer) => Buffer;

export const asItIs: Edit = (original) => original;

export class FileCopies {
  private readonly written = new Map<BytePath, Copy>();

  /** @param directory absolute; `lay` makes it */
  private constructor(
    private readonly edits: ReadonlyMap<BytePath, Edit>,
    private readonly directory: BytePath,
  ) {}

  /**
   * Copies of the files that are keys of `edits`. Writes nothing yet. undefined: there is no
   * writable place outside `trees`.
   */
  static plan(
    edits: ReadonlyMap<BytePath, Edit>,
    trees: readonly BytePath[],
  ): FileCopies | undefined {
    const place = PLACES.find(
      (path) => isWritable(path) && !trees.some((tree) => isWithin(path, tree)),
    );
    return place === undefined
      ? undefined
      : new FileCopies(edits, join(place, uniqueName('clsync-copies-')));
  }

  /**
   * The path of the copy of `path`, valid between `lay` and `lift`; undefined: `path` has no copy.
   */
  sourceOf(path: BytePath): BytePath | undefined {
    const index = [...this.edits.keys()].indexOf(path);
    return index < 0 ? undefined : join(this.directory, fromText(`${index}-${basename(path)}`));
  }

  /** Writes the copies under names by which they can be mounted. Throws an errno error. */
  lay(): void {
    if (this.written.size > 0) return this.refresh();
    sweep(parent(this.directory));
    mkdirSync(toBuffer(this.directory), { mode: 0o700 });
    chmodSync(toBuffer(this.directory), 0o755);
    for (const path of this.edits.keys()) {
      const descriptor = openSync(toBuffer(this.sourceOf(path) as BytePath), 'wx', 0o644);
      fchmodSync(descriptor, 0o644);
      this.written.set(path, { descriptor, seen: undefined });
    }
    const [first] = this.written.values();
    if (first !== undefined) lockFile(first.descriptor); // so that no other daemon sweeps them away
    this.refresh();
  }

  get originals(): readonly BytePath[] {
    return [...this.edits.keys()];
  }

  /** Where the copies are, for who removes them in the end. */
  get place(): { readonly directory: BytePath; readonly names: readonly BytePath[] } {
    const copies = [...this.edits.keys()].map((path) => this.sourceOf(path) as BytePath);
    return { directory: this.directory, names: copies.map(basename) };
  }

  /**
   * Removes the names; mounts of the copies stay valid. Opens no descriptor, because there may be
   * none left when this undoes a failed start.
   */
  lift(): void {
    for (const path of this.edits.keys())
      ifPresent(() => unlinkSync(toBuffer(this.sourceOf(path) as BytePath)));
    ifPresent(() => rmdirSync(toBuffer(this.directory)));
  }

  close(): void {
    try {
      this.lift();
    } catch {
      // it is the monitor's to remove them: the next daemon does if that was killed
    }
    for (const { descriptor } of this.written.values()) closeSync(descriptor);
    this.written.clear();
  }

  /** To be called when an original may have changed. */
  refresh(): void {
    for (const [path, copy] of this.written) {
      const now = stateOf(path);
      // an original that does not exist is about to be replaced
      if (now === copy.seen || now === undefined) continue;
      const content = this.contentOf(path);
      if (content === undefined) continue;
      for (let at = 0; at < content.length;)
        at += writeSync(copy.descriptor, content, at, content.length - at, at);
      ftruncateSync(copy.descriptor, content.length);
      copy.seen = now;
    }
  }

  private contentOf(path: BytePath): Buffer | undefined {
    try {
      const original = readWhole(path, LARGEST);
      return this.edits.get(path)?.(original) ?? original;
    } catch {
      return undefined; // removed after it was checked, or nothing that could be a setting
    }
  }
}

/**
 * Removes directories left by masters that were killed while they started roles. A start takes less
 * than a minute, so an older directory is not in use.
 */
function sweep(place: BytePath): void {
  const isOld = (path: Buffer): boolean => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    return (
      status?.isDirectory() === true &&
      status.uid === process.geteuid?.() &&
      Date.now() - status.ctimeMs > ABANDONED &&
      !isInUse(path)
    );
  };
  try {
    const ours = readdirSync(toBuffer(place), { encoding: 'buffer' }).filter((name) =>
      NAME.test(name.toString('latin1')),
    );
    for (const path of ours.map((name) => toBuffer(join(place, fromBuffer(name)))).filter(isOld))
      rmSync(path, { recursive: true, force: true });
  } catch {
    // the place cannot be listed, or another user's files are in it: nothing depends on this
  }
}

/** Whether the daemon that made the copies still runs. */
function isInUse(directory: Buffer): boolean {
  for (const name of readdirSync(directory)) {
    const file = openSync(`${directory.toString('latin1')}/${name}`, 'r+');
    try {
      if (!lockFile(file)) return true;
    } finally {
      closeSync(file);
    }
  }
  return false;
}

function stateOf(path: BytePath): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(toBuffer(path), { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return undefined;
  }
}

function isWritable(path: BytePath): boolean {
  try {
    accessSync(toBuffer(path), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
