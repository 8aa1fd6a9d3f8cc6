/** Random changes of large directories as a whole, of which one takes a daemon many portions. */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import type { Random } from './random.js';

/** Directories, and what is in them and beneath them, at the beginning. */
const [FIRST, MANY, SOME] = [5, 800, 300] as const;
/** No change leaves fewer directories than this for long. */
const FEWEST = 4;
/** Levels of directories that are chosen from. */
const LEVELS = 5;

export class LargeDirectories {
  /** Makes names and contents unique. */
  private count = 0;
  /** The one that was made or moved last: what is half synced is the most likely to be lost. */
  private last = '';
  private readonly changes: readonly ((directory: string) => string)[] = [
    () => this.makeNew(),
    (directory) => this.remove(directory),
    (directory) => this.move(directory),
    (directory) => this.replaceByFile(directory),
    (directory) => this.replaceByAnother(directory),
    (directory) => this.thin(directory),
    (directory) => this.moveOut(directory),
  ];

  /**
   * Fills the tree.
   * @param outside a directory beside it, through which directories are moved
   */
  constructor(
    private readonly root: string,
    private readonly outside: string,
    private readonly random: Random,
  ) {
    for (let number = 0; number < FIRST; number++) {
      const directory = this.unused();
      this.fill(directory, MANY);
      this.fill(`${directory}/sub`, SOME);
    }
  }

  /** Does one, and tells which. */
  change(): string {
    const directories = this.directories();
    if (directories.length < FEWEST) return this.makeNew();
    const isLast = this.random.below(2) === 0 && directories.includes(this.last);
    const directory = isLast ? this.last : this.random.pick(directories);
    return this.random.pick(this.changes)(directory);
  }

  private makeNew(): string {
    const directory = this.unused();
    this.fill(directory, 500 + this.random.below(800));
    return `make ${directory}`;
  }

  private remove(directory: string): string {
    fs.rmSync(directory, { recursive: true });
    return `remove ${directory}`;
  }

  private move(directory: string): string {
    const others = this.directories().filter((other) => !`${other}/`.startsWith(`${directory}/`));
    const to = this.unused(this.random.pick([this.root, ...others]));
    fs.renameSync(directory, to);
    this.last = to;
    return `move ${directory} to ${to}`;
  }

  private replaceByFile(directory: string): string {
    fs.rmSync(directory, { recursive: true });
    fs.writeFileSync(directory, 'file');
    return `replace ${directory} by a file`;
  }

  private replaceByAnother(directory: string): string {
    const to = this.unused();
    fs.renameSync(directory, to);
    this.fill(directory, 200);
    return `move ${directory} to ${to}, and make another`;
  }

  private thin(directory: string): string {
    for (const name of fs.readdirSync(directory))
      if (this.random.below(2) === 0) fs.rmSync(`${directory}/${name}`, { recursive: true });
    return `remove half of ${directory}`;
  }

  private moveOut(directory: string): string {
    const away = this.unused(this.outside);
    fs.renameSync(directory, away);
    if (this.random.below(2) === 0) {
      fs.rmSync(away, { recursive: true });
      return `move ${directory} out of the tree`;
    }
    const back = `${this.root}/${basename(away)}`;
    fs.renameSync(away, back);
    this.last = back;
    return `move ${directory} out of the tree and back to ${back}`;
  }

  private fill(directory: string, files: number): void {
    fs.mkdirSync(directory);
    this.last = directory;
    for (let name = 0; name < files; name++)
      fs.writeFileSync(`${directory}/${name}`, String(this.count++));
  }

  private unused(directory = this.root): string {
    return `${directory}/d${this.count++}`;
  }

  private directories(top = this.root, levels = LEVELS): string[] {
    return fs
      .readdirSync(top, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${top}/${name}`)
      .flatMap((path) => [path, ...(levels > 1 ? this.directories(path, levels - 1) : [])]);
  }
}
