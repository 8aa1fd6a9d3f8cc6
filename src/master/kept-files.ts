/**
 * The files of the host that the master goes back to after its start: the one table of them. Each
 * is a name in a directory that was opened at the start, with what may happen to it later. Whoever
 * reads, replaces or removes a file while the daemon runs takes it from here, so that the table can
 * be handed to another process once, which then does that for a master without the rights to:
 * "reopen N", "remove N".
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { basename, display, parent } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { HeldDirectory, makePrivateDirectory } from './held-directory.js';
import { O_PATH, isTrusted } from './open-path.js';
import type { Judge, OpenedPath } from './open-path.js';
import { readFile, readOpened } from './read-file.js';
import type { FileContent } from './read-file.js';

/**
 * By the option that names the file: read again; replaced, by a text of few or by any, and removed
 * in the end; made; opened again to be continued.
 */
export const LATER = {
  '--rules-file': 'read',
  '--config-file': 'read',
  '--pid-file': 'replace',
  '--status-file': 'replace',
  '--metrics-file': 'write',
  '--socket': 'replace',
  '--dump-dir': 'make',
  '--log-file': 'append',
} as const satisfies Readonly<Record<string, 'read' | 'replace' | 'write' | 'make' | 'append'>>;
export type KeptOption = keyof typeof LATER;

/** Does with the files what the master no longer may. Throws an errno error. */
export interface Clerk {
  /**
   * Writes a text, one of those that the file may have. @param ifMissing only where there is none
   */
  put(option: KeptOption, text: string, ifMissing: boolean): void;
  /** Opens or makes the file, and returns a descriptor; of a dump none. */
  open(option: KeptOption): number;
  /** Opens a file of the dump that was made last, to go on with it; returns a descriptor. */
  part(name: string): number;
}

const { O_APPEND, O_CREAT, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
const APPENDING = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
/** Mode bits of a file that is made to be appended to, but for the umask: it names paths. */
export const LOG_MODE = 0o640;

export class KeptFiles {
  private readonly rows = new Map<KeptOption, KeptFile>();

  /** All rows; one for each option that names a file. */
  get table(): readonly KeptFile[] {
    return [...this.rows.values()];
  }

  row(option: KeptOption): KeptFile | undefined {
    return this.rows.get(option);
  }

  /** The paths of the files that are written, and written again where somebody removes them. */
  get replaced(): readonly BytePath[] {
    return this.table
      .filter(({ option }) => LATER[option] === 'replace' || LATER[option] === 'write')
      .map(({ path }) => path);
  }

  /** Opens the directory of `path` (absolute), in place of an earlier one. Throws as `openPath`. */
  keep(option: KeptOption, path: BytePath): KeptFile {
    const file = new KeptFile(option, path);
    this.set(option, file);
    return file;
  }

  /** The option's row from now on; undefined: it names no file. */
  set(option: KeptOption, file: KeptFile | undefined): void {
    const earlier = this.rows.get(option);
    if (earlier !== file) earlier?.close();
    if (file === undefined) this.rows.delete(option);
    else this.rows.set(option, file);
  }

  /**
   * From now on `clerk` does everything with the files of the table, and removes them in the end.
   */
  handOver(clerk: Clerk): void {
    for (const file of this.rows.values()) file.clerk = clerk;
  }

  close(): void {
    for (const file of this.rows.values()) file.close();
    this.rows.clear();
  }
}

export class KeptFile {
  readonly name: BytePath;
  /** Who does everything with it; undefined: this process. */
  clerk: Clerk | undefined;
  /**
   * Where symbolic links on the way to it led when it was handed over; undefined: there were none.
   */
  led: BytePath | undefined;
  private readonly held: HeldDirectory;
  /** The inode that the master has put there. */
  private own: Inode | undefined;
  /** Whether every user may read what was read last. */
  private isPublic = false;

  /**
   * Opens the directory of `path` (absolute). Throws as `openPath`.
   * @param judge of the directories on the way, and of what is read
   */
  constructor(
    readonly option: KeptOption,
    readonly path: BytePath,
    private readonly judge?: Judge,
  ) {
    this.held = new HeldDirectory(parent(path), judge);
    this.name = basename(path);
  }

  /** The directory, and what is ours in it. */
  get place(): OpenedPath {
    return this.held.place;
  }

  get ours(): Inode | undefined {
    return this.own;
  }

  /** A warning that links on the way are not followed again; undefined: there were none. */
  get links(): string | undefined {
    return this.led === undefined
      ? undefined
      : `${this.option}: read from ${display(this.led)}, where ${display(this.path)} led at the ` +
          'start; if a symbolic link leads elsewhere now, start clsync again';
  }

  /** A descriptor; another one after `follow`. */
  get directory(): number {
    return this.held.fd;
  }

  /** Whether something could be put into the directory. */
  get hasDirectory(): boolean {
    return this.held.exists;
  }

  /** The file, or another name in its directory, for calls that take a path. */
  at(name: BytePath = this.name): Buffer {
    return this.held.at(name);
  }

  /** What has the name, itself where it is a symbolic link. */
  found(): BigIntStats | undefined {
    return lstatSync(this.at(), { bigint: true, throwIfNoEntry: false });
  }

  /** Takes the directory that is at the path now, see `HeldDirectory`. */
  follow(): void {
    if (this.clerk === undefined) this.held.follow();
  }

  /** The inode with this name is ours. */
  take(inode: Inode): void {
    this.own = inode;
  }

  isOurs(): boolean {
    return isSame(this.own, this.found());
  }

  /** Whether what is open has the name. */
  isOpen(descriptor: number): boolean {
    return isSame(fstatSync(descriptor, { bigint: true }), this.found());
  }

  /** Reads what is at the path now. Throws as `readFile`, and as `HeldDirectory.take`. */
  read(): FileContent {
    if (this.clerk !== undefined) return this.readLent(this.clerk);
    this.held.take();
    const content = readFile(this.name, { judge: this.judge, from: this.held.place });
    this.isPublic = content.isPublic;
    return content;
  }

  private readLent(clerk: Clerk): FileContent {
    const descriptor = clerk.open(this.option);
    try {
      this.judge?.(fstatSync(descriptor), this.path);
      return { bytes: readOpened(descriptor), isPublic: this.isPublic };
    } finally {
      closeSync(descriptor);
    }
  }

  /** Makes it a directory that only this process may enter; returns a descriptor (O_PATH). */
  make(): number {
    return makePrivateDirectory(this.directory, this.name, O_PATH);
  }

  /**
   * Opens the file to append to it, or makes it; returns a descriptor. Throws an error where
   * something else than a file of root or the starter, with one name, is there.
   */
  append(): number {
    if (this.clerk !== undefined) return this.clerk.open(this.option);
    this.held.follow();
    const descriptor = openSync(this.at(), APPENDING, LOG_MODE);
    const found = fstatSync(descriptor);
    if (found.isFile() && found.nlink === 1 && isTrusted(found)) return descriptor;
    closeSync(descriptor);
    throw new Error('something that is no file of ours alone is there');
  }

  /** Removes the name if it still is that of our file. Throws an errno error. */
  remove(): void {
    if (this.clerk !== undefined) return;
    if (this.isOurs()) unlinkSync(this.at());
    this.own = undefined;
  }

  close(): void {
    this.held.close();
  }
}

export type Inode = Pick<BigIntStats, 'dev' | 'ino'>;

function isSame(one: Inode | undefined, other: Inode | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}
