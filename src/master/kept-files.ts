/**
 * The files of the host that the master goes back to after its start: the one table of them. Each
 * is a name in a directory that was opened at the start, with what may happen to it later. Whoever
 * reads, replaces or removes a file while the daemon runs takes it from here, so that the table can
 * be handed to another process once, which then does that for a master without the rights to:
 * "reopen N", "remove N".
 */
import { fstatSync, lstatSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { basename, parent } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { HeldDirectory } from './held-directory.js';

/** By the option that names the file: it is replaced, and removed in the end. */
export const LATER = {
  '--pid-file': 'replace',
  '--status-file': 'replace',
  '--socket': 'replace',
} as const satisfies Readonly<Record<string, 'replace'>>;
export type KeptOption = keyof typeof LATER;

export class KeptFiles {
  private readonly rows = new Map<KeptOption, KeptFile>();

  /** All rows; one for each option that names a file. */
  get table(): readonly KeptFile[] {
    return [...this.rows.values()];
  }

  /** Opens the directory of `path` (absolute), in place of an earlier one. Throws as `openPath`. */
  keep(option: KeptOption, path: BytePath): KeptFile {
    const file = new KeptFile(option, path);
    this.rows.get(option)?.close();
    this.rows.set(option, file);
    return file;
  }

  close(): void {
    for (const file of this.rows.values()) file.close();
    this.rows.clear();
  }
}

export class KeptFile {
  readonly name: BytePath;
  private readonly held: HeldDirectory;
  /** The inode that the master has put there. */
  private own: Inode | undefined;

  constructor(
    readonly option: KeptOption,
    readonly path: BytePath,
  ) {
    this.held = new HeldDirectory(parent(path));
    this.name = basename(path);
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
    this.held.follow();
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

  /** Removes the name if it still is that of our file. Throws an errno error. */
  remove(): void {
    if (this.isOurs()) unlinkSync(this.at());
    this.own = undefined;
  }

  close(): void {
    this.held.close();
  }
}

type Inode = Pick<BigIntStats, 'dev' | 'ino'>;

function isSame(one: Inode | undefined, other: Inode | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}
