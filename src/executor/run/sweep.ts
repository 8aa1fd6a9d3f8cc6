/**
 * Empties the private temporary directories between calls, so that no call finds what another has
 * left. Bounded memory and stack for any depth: the content of a directory moves up before the
 * directory is removed.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromBuffer, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/** Entries that are removed in one turn. */
const TURN = 256;
/** A name of ours, for what moves up; none of these is left when the place is empty. */
const MOVED = '.clsync-moved-';

/**
 * Empties the directories, each a file system of its own, without entering another that is mounted
 * there. Nothing may run that writes into them. Never rejects: what cannot be removed stays.
 * @param spared paths that stay
 */
export async function sweep(
  places: readonly BytePath[],
  spared: readonly BytePath[],
): Promise<void> {
  for (const place of places)
    try {
      await new Sweep(place, spared).run();
    } catch {
      // The place is not there, or is not readable.
    }
}

class Sweep {
  private moved = 0;
  private work = 0;
  private readonly device: number;
  private readonly stays = new Set<BytePath>();

  constructor(
    private readonly place: BytePath,
    spared: readonly BytePath[],
  ) {
    this.device = lstatSync(toBuffer(place)).dev;
    for (const path of spared) this.stays.add(path);
  }

  async run(): Promise<void> {
    for (;;) {
      const left = namesIn(toBuffer(this.place))
        .map((name) => join(this.place, name))
        .filter((path) => !this.stays.has(path));
      if (left.length === 0) return;
      for (const path of left) {
        // What cannot be removed is not tried again.
        if (!(await this.remove(path))) this.stays.add(path);
      }
    }
  }

  /** Returns whether it is gone. */
  private async remove(path: BytePath): Promise<boolean> {
    if (++this.work % TURN === 0) await nextTurn();
    try {
      if (lstatSync(toBuffer(path)).dev !== this.device) return false;
      if (unlinked(path)) return true;
      open(path);
      await this.raise(path);
      rmdirSync(toBuffer(path));
      return true;
    } catch {
      return false;
    }
  }

  /** Moves what is in a directory to the place itself. */
  private async raise(path: BytePath): Promise<void> {
    const directory = openSync(toBuffer(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      if (fstatSync(directory).dev !== this.device) return;
      const inside = `/proc/self/fd/${directory}` as BytePath;
      for (const name of namesIn(toBuffer(inside))) {
        if (++this.work % TURN === 0) await nextTurn();
        const from = join(inside, name);
        if (unlinked(from)) continue;
        open(from);
        renameSync(toBuffer(from), toBuffer(this.free()));
      }
    } finally {
      closeSync(directory);
    }
  }

  private free(): BytePath {
    for (;;) {
      const path = join(this.place, `${MOVED}${this.moved++}` as BytePath);
      if (lstatSync(toBuffer(path), { throwIfNoEntry: false }) === undefined) return path;
    }
  }
}

/** Lets its owner list and move a directory. */
function open(path: BytePath): void {
  if (lstatSync(toBuffer(path)).isDirectory()) chmodSync(toBuffer(path), 0o700);
}

function namesIn(directory: Buffer): BytePath[] {
  return readdirSync(directory, { encoding: 'buffer' }).map(fromBuffer);
}

/** Removes a file or an empty directory; returns whether it is gone. */
function unlinked(path: BytePath): boolean {
  for (const remove of [unlinkSync, rmdirSync])
    try {
      remove(toBuffer(path));
      return true;
    } catch {
      // a directory, or one that is not empty
    }
  return false;
}
