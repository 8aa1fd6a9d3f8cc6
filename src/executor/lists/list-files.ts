/** List files for handlers: written before a handler runs, removed after it. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { display, fromBuffer, fromText, join, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { codeOf } from '../../shared/system-errors.js';

const OTHERS = 0o077;

export type ListKind = 'list' | 'exclist';

export interface ListFile {
  readonly path: BytePath;
  release(): void;
}

export interface ListFilesSettings {
  /**
   * The user's directory (`--lists-dir`), which must be closed to other users; undefined: a new one
   * in `temporaryDirectory`.
   */
  readonly listsDirectory?: BytePath;
  /** That is for this daemon alone: whatever is in it was left by an executor that was killed. */
  readonly listsDirectoryIsOwn?: boolean;
  readonly temporaryDirectory: BytePath;
  /** `--dont-unlink-lists` */
  readonly dontUnlinkLists: boolean;
}

export class ListFiles {
  private directory: BytePath | undefined;
  /** We made the directory, so we remove it at the end. */
  private own = false;
  private serial = 0;

  constructor(private readonly settings: ListFilesSettings) {}

  /** Throws ClsyncError when the user's directory cannot be used. */
  check(): void {
    const { listsDirectory, listsDirectoryIsOwn } = this.settings;
    if (listsDirectory === undefined) return;
    if (listsDirectoryIsOwn === true && !existsSync(toBuffer(listsDirectory))) return;
    try {
      this.open();
    } catch (error) {
      if (error instanceof ClsyncError) throw error;
      throw new ClsyncError(
        'CANNOT_WRITE',
        '--lists-dir',
        display(listsDirectory),
        (error as Error).message,
      );
    }
  }

  /**
   * Writes a list file. Throws when a system call fails. @param kind becomes part of the file's
   * name
   */
  write(kind: ListKind, content: Buffer): ListFile {
    const directory = this.open();
    keepClosed(directory);
    const path = join(
      directory,
      fromText(`.clsync-${kind}.${process.pid}.${Date.now()}.${this.serial++}`),
    );
    // Exclusive, so that a planted symbolic link is never followed; readable for handlers that
    // change their ids.
    try {
      writeFileSync(toBuffer(path), content, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      // Without room it is there, and not whole.
      if (codeOf(error) !== 'EEXIST') rmSync(toBuffer(path), { force: true });
      if (error instanceof Error) error.message += ` (list file ${display(path)})`;
      throw error;
    }
    return {
      path,
      release: () => {
        // A handler may have removed it.
        if (!this.settings.dontUnlinkLists) rmSync(toBuffer(path), { force: true });
      },
    };
  }

  /** The path of a file that is no list, for instance of a socket. Throws as `write`. */
  beside(name: string): BytePath {
    return join(this.open(), fromText(name));
  }

  /**
   * Removes the directory if we made it. It stays when `dontUnlinkLists` keeps lists in it, or when
   * the user named it and a handler has put files into it.
   */
  close(): void {
    const { directory } = this;
    const { listsDirectory, listsDirectoryIsOwn } = this.settings;
    this.directory = undefined;
    if (directory === undefined || !this.own || this.settings.dontUnlinkLists) return;
    try {
      // First what is in it: who made the directory may be another, who removes it.
      if (listsDirectory === undefined || listsDirectoryIsOwn === true) empty(directory);
      rmdirSync(toBuffer(directory));
    } catch {
      // not empty, or absent
    }
  }

  /** Its directory, once there is one. */
  get place(): BytePath | undefined {
    return this.directory;
  }

  private open(): BytePath {
    this.directory ??=
      this.settings.listsDirectory === undefined
        ? this.makeTemporary()
        : this.openNamed(this.settings.listsDirectory);
    return this.directory;
  }

  private makeTemporary(): BytePath {
    this.own = true;
    const prefix = toBuffer(join(this.settings.temporaryDirectory, fromText('clsync-')));
    return mkdtempSync(prefix as unknown as string, { encoding: 'latin1' }) as BytePath;
  }

  private openNamed(directory: BytePath): BytePath {
    const isOwn = this.settings.listsDirectoryIsOwn === true;
    const stats = lstatSync(toBuffer(directory), { throwIfNoEntry: false });
    if (stats === undefined) {
      mkdirSync(toBuffer(directory), { mode: 0o700 });
    } else if (isOwn && stats.uid !== process.geteuid?.()) {
      // Its name was seen by others when it was there before.
      return this.makeTemporary();
    } else if (!stats.isDirectory() || (stats.mode & OTHERS) !== 0) {
      throw new ClsyncError('LISTS_DIRECTORY', display(directory));
    } else if (isOwn && !this.settings.dontUnlinkLists) {
      empty(directory);
    }
    this.own = isOwn || stats === undefined;
    return directory;
  }
}

/**
 * A handler may have opened it to others, who could put another list in the place of one before the
 * next handler reads it.
 */
function keepClosed(directory: BytePath): void {
  const stats = lstatSync(toBuffer(directory), { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true || (stats.mode & OTHERS) === 0) return;
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  const descriptor = openSync(toBuffer(directory), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fchmodSync(descriptor, 0o700);
  } finally {
    closeSync(descriptor);
  }
}

function empty(directory: BytePath): void {
  for (const name of readdirSync(toBuffer(directory), { encoding: 'buffer' }))
    rmSync(toBuffer(join(directory, fromBuffer(name))), { recursive: true, force: true });
}
