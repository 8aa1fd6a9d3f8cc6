/**
 * Copies of the system's files that a view shows in their place. A file that is mounted stays what
 * it was when another is renamed over it, as network managers and package tools do; and to show the
 * directory instead would show more than the file. So the master writes copies, has them mounted,
 * and goes on writing to them when the originals change. They have no name on the host but while a
 * role is being started.
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
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
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
import type { BytePath } from '../../shared/bytes.js';

/** Milliseconds between two looks at the originals. */
const CHECK = 1000;
/** Milliseconds after which a directory of copies is nobody's. */
const ABANDONED = 60_000;
const NAME = /^clsync-copies-[0-9a-f]{16}$/;
const PLACES = ['/run', '/dev/shm', '/tmp', '/var/tmp'].map(fromText);

interface Copy {
  readonly descriptor: number;
  /** What tells one state of the original from another; undefined: it was not there. */
  seen: string | undefined;
}

/** Gives the content of the copy from that of the original. */
export type Edit = (original: Buffer) => Buffer;

export const asItIs: Edit = (original) => original;

export class FileCopies {
  private readonly written = new Map<BytePath, Copy>();
  private timer: NodeJS.Timeout | undefined;

  /** @param directory absolute; made by `lay` */
  private constructor(
    private readonly edits: ReadonlyMap<BytePath, Edit>,
    private readonly directory: BytePath,
  ) {}

  /**
   * Of the files that are keys. Writes nothing yet. undefined: there is no place for them outside
   * `trees`.
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

  /** Where the copy of `path` is while it has a name; undefined: there is none. */
  sourceOf(path: BytePath): BytePath | undefined {
    return this.edits.has(path) ? join(this.directory, basename(path)) : undefined;
  }

  /** Gives them names, to be mounted by. Throws an errno error. */
  lay(): void {
    this.close();
    sweep(parent(this.directory));
    mkdirSync(toBuffer(this.directory), { mode: 0o700 });
    chmodSync(toBuffer(this.directory), 0o755);
    for (const path of this.edits.keys()) {
      const descriptor = openSync(toBuffer(this.sourceOf(path) as BytePath), 'wx', 0o644);
      fchmodSync(descriptor, 0o644);
      this.written.set(path, { descriptor, seen: undefined });
    }
    this.refresh();
    this.timer = setInterval(() => this.refresh(), CHECK).unref();
  }

  /**
   * Takes the names away; what is mounted goes on. Needs no descriptor, since there may be none
   * left when this undoes a start that failed.
   */
  lift(): void {
    for (const path of this.edits.keys())
      ifPresent(() => unlinkSync(toBuffer(this.sourceOf(path) as BytePath)));
    ifPresent(() => rmdirSync(toBuffer(this.directory)));
  }

  close(): void {
    this.lift();
    clearInterval(this.timer);
    for (const { descriptor } of this.written.values()) closeSync(descriptor);
    this.written.clear();
  }

  private refresh(): void {
    for (const [path, copy] of this.written) {
      const now = stateOf(path);
      // one that is gone is about to be replaced
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
      const original = readFileSync(toBuffer(path));
      return this.edits.get(path)?.(original) ?? original;
    } catch {
      return undefined; // it went between two looks
    }
  }
}

/**
 * What masters left behind that were killed while they started roles, which takes less than a
 * minute.
 */
function sweep(place: BytePath): void {
  const isOld = (path: Buffer): boolean => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    return (
      status?.isDirectory() === true &&
      status.uid === process.geteuid?.() &&
      Date.now() - status.ctimeMs > ABANDONED
    );
  };
  try {
    const ours = readdirSync(toBuffer(place), { encoding: 'buffer' }).filter((name) =>
      NAME.test(name.toString('latin1')),
    );
    for (const path of ours.map((name) => toBuffer(join(place, fromBuffer(name)))).filter(isOld))
      rmSync(path, { recursive: true, force: true });
  } catch {
    // nobody's to look at
  }
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
