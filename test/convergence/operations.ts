/** A writer's random operations on a tree, each on objects that exist at that moment. */
import * as fs from 'node:fs';
import { ROOT, fromBuffer, fromText, join, parent, toBuffer } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import type { BeyondNode } from '../harness/beyond-node.js';
import { randomName } from './names.js';
import type { Random } from './random.js';

/** Errors that are normal when two writers work on the same names. */
const EXPECTED = new Set([
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  'ENOTEMPTY',
  'EINVAL',
  'ELOOP',
  'ENXIO',
  'EACCES',
  'EPERM',
  'EMLINK',
  'ENAMETOOLONG',
  'ERR_FS_EISDIR',
]);
/** Levels below the root; the longest name at each stays below PATH_MAX. */
const DEEPEST = 9;
const MODES = [0o600, 0o644, 0o640, 0o755, 0o700, 0o666, 0o4755, 0o2755, 0o6711, 0o400, 0o1777];

const [SET, REMOVE] = [fromText('set'), fromText('remove')];
/** Of trusted ones the executor can know nothing. */
const ATTRIBUTES = ['user.one', 'user.two', `user.${'long'.repeat(20)}`];
/** Bytes. */
const LONG = 300_000;
/** How often names of a file are looked for while directories are renamed. */
const LOOKS = 100;

/**
 * The value of an ACL that lets a uid and a gid do something, in hexadecimal digits; see acl(5).
 */
function accessList(
  theirs: number,
  others: number,
  [uid = 0, gid = 0]: readonly number[],
): BytePath {
  const [owner, user, group, ofGroup, mask, other] = [1, 2, 4, 8, 16, 32];
  const list = Buffer.alloc(4);
  list.writeUInt32LE(2); // the version
  const entries = [
    [owner, 7, -1],
    [user, theirs, uid],
    [group, 5, -1],
    [ofGroup, 4, gid],
    [mask, 7, -1],
    [other, others, -1],
  ].map(([tag = 0, permissions = 0, id = 0]) => {
    const entry = Buffer.alloc(8);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(permissions, 2);
    entry.writeInt32LE(id, 4);
    return entry;
  });
  return fromText(Buffer.concat([list, ...entries]).toString('hex'));
}

type Kind = 'any' | 'file' | 'directory';

export class Operations {
  private readonly table: readonly { readonly weight: number; readonly run: () => void }[] = [
    { weight: 300, run: () => this.create() },
    { weight: 100, run: () => this.append() },
    { weight: 60, run: () => this.truncate() },
    { weight: 90, run: () => this.rename('file') },
    { weight: 30, run: () => this.rename('directory') },
    { weight: 90, run: () => this.remove() },
    { weight: 4, run: () => this.removeTree() },
    { weight: 60, run: () => this.makeDirectories() },
    { weight: 50, run: () => this.symlink() },
    { weight: 50, run: () => this.link() },
    { weight: 70, run: () => this.changeMode() },
    { weight: 60, run: () => this.changeTimes() },
    { weight: 20, run: () => this.changeOwner() },
    { weight: 15, run: () => this.changeType('file') },
    { weight: 4, run: () => this.changeType('directory') },
    { weight: 15, run: () => this.exchange() },
  ];
  /** What only a mode that keeps all of it equal is tried with. */
  private readonly more: typeof this.table = [
    { weight: 40, run: () => this.changeAttribute() },
    { weight: 20, run: () => this.changeAcl() },
    { weight: 15, run: () => this.makeHoles() },
    { weight: 15, run: () => this.makeSpecial() },
    { weight: 15, run: () => this.exchangeAtOnce() },
  ];
  /** Of ACLs: without rights, an executor knows no other ids than its own. */
  private readonly known: readonly number[] =
    process.geteuid?.() === 0 ? [1000, 1000] : [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  private readonly canChown = process.geteuid?.() === 0;

  constructor(
    private readonly root: BytePath,
    private readonly random: Random,
    /** A directory beside the root; trees are moved into it and back. */
    private readonly outside: BytePath,
    private readonly beyond?: BeyondNode,
  ) {}

  step(): void {
    const operation = this.random.weighted(
      this.beyond === undefined ? this.table : [...this.table, ...this.more],
    );
    try {
      operation.run();
    } catch (error) {
      const { code = '', syscall } = error as NodeJS.ErrnoException;
      // Node 24 throws an error without a code when another writer works in a tree being removed.
      if (!EXPECTED.has(code) && !(code === '' && syscall === 'rm')) throw error;
    }
  }

  private create(): void {
    this.write(this.newPath(), fs.constants.O_CREAT | fs.constants.O_NONBLOCK);
  }

  private append(): void {
    this.write(this.existing('file'), fs.constants.O_APPEND);
  }

  private write(path: BytePath, flags: number, mode = 0o644): void {
    this.through(path, fs.constants.O_WRONLY | flags, mode, (fd) =>
      fs.writeSync(
        fd,
        this.random.bytes(this.random.below(4) === 0 ? 8192 : this.random.below(64)),
      ),
    );
  }

  private truncate(): void {
    this.through(this.existing('file'), fs.constants.O_WRONLY, 0, (fd) =>
      fs.ftruncateSync(fd, this.random.below(3) === 0 ? 0 : this.random.below(100)),
    );
  }

  /**
   * Opens a file and changes it. Another writer may move this name out of the tree meanwhile: then
   * there is no event of the change for the file's other names, and nobody can notice it. So they
   * are touched; again when some were not found, as the other writer may have renamed a directory
   * above them meanwhile.
   */
  private through(path: BytePath, flags: number, mode: number, change: (fd: number) => void): void {
    const flagsOfAll = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK; // it may be a FIFO
    const fd = fs.openSync(toBuffer(path), flags | flagsOfAll, mode);
    try {
      change(fd);
      const changed = fs.fstatSync(fd);
      if (changed.isDirectory() || this.inodeAt(path) === changed.ino) return;
      for (let looks = 0; looks < LOOKS; looks++) {
        const names = [this.outside, this.root].map((directory) => this.touch(directory, changed));
        if (names.reduce((sum, count) => sum + count) >= fs.fstatSync(fd).nlink) return;
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Sets the times that a file has, by each of its names in the directory; returns how many. */
  private touch(directory: BytePath, { ino, atime, mtime }: fs.Stats): number {
    let found = 0;
    for (const name of this.files(directory)) {
      if (this.inodeAt(name) !== ino) continue;
      try {
        fs.lutimesSync(toBuffer(name), atime, mtime);
        found++;
      } catch {
        // It has gone this moment.
      }
    }
    return found;
  }

  private inodeAt(path: BytePath): number | undefined {
    return fs.lstatSync(toBuffer(path), { throwIfNoEntry: false })?.ino;
  }

  private *files(directory: BytePath): Iterable<BytePath> {
    for (const name of this.namesIn(directory)) {
      const path = join(directory, name);
      const status = fs.lstatSync(toBuffer(path), { throwIfNoEntry: false });
      if (status?.isDirectory() === true) yield* this.files(path);
      else yield path;
    }
  }

  /** None if it has gone meanwhile. */
  private namesIn(directory: BytePath): BytePath[] {
    try {
      return fs.readdirSync(toBuffer(directory), { encoding: 'buffer' }).map(fromBuffer);
    } catch {
      return [];
    }
  }

  /** Within its directory, across directories, or out of the tree and back in. */
  private rename(kind: Kind): void {
    const from = this.existing(kind);
    if (from === this.root) return;
    const to =
      this.random.below(3) === 0
        ? join(parent(from), randomName(this.random))
        : this.newPath(kind === 'directory' ? 2 : DEEPEST - 3);
    if (this.random.below(kind === 'directory' ? 20 : 5) !== 0)
      return fs.renameSync(toBuffer(from), toBuffer(to));
    const away = join(this.outside, fromText('moved' + this.random.below(4)));
    fs.rmSync(toBuffer(away), { recursive: true, force: true });
    fs.renameSync(toBuffer(from), toBuffer(away));
    if (this.random.below(2) === 0) fs.renameSync(toBuffer(away), toBuffer(to));
  }

  private remove(): void {
    const path = this.existing('file');
    fs.unlinkSync(toBuffer(path));
  }

  private removeTree(): void {
    const path = this.existing('directory');
    if (path === this.root) return;
    fs.rmSync(toBuffer(path), { recursive: true, force: true });
  }

  /** Like `mkdir -p`, then a file in the deepest directory, as fast as possible. */
  private makeDirectories(): void {
    let path = this.newPath();
    for (let depth = 1 + this.random.below(4); depth > 0 && this.depth(path) < DEEPEST; depth--) {
      fs.mkdirSync(toBuffer(path), { recursive: true });
      path = join(path, randomName(this.random));
    }
    this.write(path, fs.constants.O_CREAT | fs.constants.O_NONBLOCK, 0o600);
  }

  private symlink(): void {
    const target = this.random.pick([
      fromText('/etc/hostname'),
      fromText('..'),
      fromText('nowhere'),
      randomName(this.random),
    ]);
    fs.symlinkSync(toBuffer(target), toBuffer(this.newPath()));
  }

  private link(): void {
    fs.linkSync(toBuffer(this.existing('file')), toBuffer(this.newPath()));
  }

  /** Uses a descriptor, as Node has no chmod that does not follow symbolic links. */
  private changeMode(): void {
    const path = this.existing('any');
    const directory = fs.lstatSync(toBuffer(path)).isDirectory();
    this.through(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK, 0, (fd) =>
      // The owner of a directory keeps all permissions, so that the writers can work in it.
      fs.fchmodSync(fd, this.random.pick(MODES) | (directory ? 0o700 : 0)),
    );
  }

  private changeTimes(): void {
    const now = Date.now() / 1000;
    const time = this.random.pick([
      now - this.random.below(1e8),
      now - this.random.below(5),
      Math.floor(now),
      now + this.random.below(1000),
      1e9 + 0.123456,
    ]);
    fs.lutimesSync(toBuffer(this.existing('any')), time, time);
  }

  private changeOwner(): void {
    if (this.canChown)
      fs.lchownSync(
        toBuffer(this.existing('any')),
        this.random.below(3) * 1000,
        this.random.below(3) * 1000,
      );
  }

  /** Replaces a file by a directory, or a directory by a file or a symbolic link. */
  private changeType(kind: 'file' | 'directory'): void {
    const path = this.existing(kind);
    if (path === this.root) return;
    const wasDirectory = fs.lstatSync(toBuffer(path)).isDirectory();
    fs.rmSync(toBuffer(path), { recursive: true, force: true });
    if (wasDirectory && this.random.below(3) === 0) return fs.symlinkSync('.', toBuffer(path));
    if (wasDirectory) return this.write(path, fs.constants.O_CREAT);
    fs.mkdirSync(toBuffer(path));
    this.write(join(path, randomName(this.random)), fs.constants.O_CREAT);
  }

  /** Exchanges the names of two objects of any type. */
  private exchange(): void {
    const [a, b] = [this.existing('any'), this.existing('any')];
    if (a === this.root || b === this.root) return;
    const between = join(this.root, fromText('exchange' + this.random.below(3)));
    fs.renameSync(toBuffer(a), toBuffer(between));
    fs.renameSync(toBuffer(b), toBuffer(a));
    fs.renameSync(toBuffer(between), toBuffer(b));
  }

  private changeAttribute(): void {
    const name = fromText(this.random.pick(ATTRIBUTES));
    const value = fromText(this.random.bytes(this.random.below(40)).toString('hex'));
    if (this.random.below(3) === 0) this.beyond?.run(REMOVE, this.existing('any'), name);
    else this.beyond?.run(SET, this.existing('any'), name, value);
  }

  private changeAcl(): void {
    const isDefault = this.random.below(3) === 0;
    const path = this.existing(isDefault ? 'directory' : 'any');
    const name = fromText(`system.posix_acl_${isDefault ? 'default' : 'access'}`);
    const other = this.random.below(8);
    if (this.random.below(4) === 0) this.beyond?.run(REMOVE, path, name);
    else this.beyond?.run(SET, path, name, accessList(this.random.below(8), other, this.known));
  }

  /** Writes somewhere in a file that becomes long, or cuts off what it has. */
  private makeHoles(): void {
    this.through(this.existing('file'), fs.constants.O_WRONLY, 0, (fd) => {
      fs.ftruncateSync(fd, this.random.below(4) * LONG);
      fs.writeSync(fd, this.random.bytes(4096), 0, 4096, this.random.below(LONG));
    });
  }

  private makeSpecial(): void {
    const kind = this.random.pick(['fifo', 'socket', ...(this.canChown ? ['device'] : [])]);
    this.beyond?.run(fromText(kind), this.newPath());
  }

  private exchangeAtOnce(): void {
    this.beyond?.run(fromText('exchange'), this.existing('any'), this.existing('any'));
  }

  /**
   * A random object of the tree, found by descending at random, never through a symbolic link.
   * Throws ENOENT when none is found.
   */
  private existing(kind: Kind): BytePath {
    for (let tries = 0; tries < 8; tries++) {
      let path = this.root;
      // Mostly deep in the tree: otherwise the few directories at the top would be removed too
      // often.
      for (
        let depth = this.random.below(3) === 0 ? this.random.below(DEEPEST) : DEEPEST;
        depth >= 0;
        depth--
      ) {
        const names = fs.readdirSync(toBuffer(path), { encoding: 'buffer' }).map(fromBuffer).sort();
        if (names.length === 0) break;
        const next = join(path, this.random.pick(names));
        const isDirectory = fs.lstatSync(toBuffer(next)).isDirectory();
        if (!isDirectory && kind !== 'directory') return next;
        if (isDirectory) path = next;
      }
      if (kind !== 'file') return path;
    }
    throw Object.assign(new Error('nothing there'), { code: 'ENOENT' });
  }

  /** A path in a directory of the tree that is not too deep; it may exist already. */
  private newPath(deepest = DEEPEST - 3): BytePath {
    let directory = this.existing('directory');
    while (this.depth(directory) >= deepest) directory = parent(directory);
    return join(directory, randomName(this.random));
  }

  private depth(path: BytePath): number {
    const relative = path === this.root ? ROOT : path.slice(this.root.length + 1);
    return relative === '' ? 0 : relative.split('/').length;
  }
}
