/** A plain model of a file system: directories, and files that are nothing but a version. */
import { ROOT, basename, join, parent } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';

export interface PlainNode {
  readonly id: number;
  /** Undefined: it is a directory. */
  version: number | undefined;
  readonly children: Map<BytePath, PlainNode>;
  above: PlainNode | undefined;
  name: BytePath;
}

let serial = 0;

export class PlainTree {
  readonly root = node(undefined);
  private readonly byId = new Map<number, PlainNode>([[this.root.id, this.root]]);

  at(path: BytePath): PlainNode | undefined {
    if (path === ROOT) return this.root;
    let found: PlainNode | undefined = this.root;
    for (const name of path.split('/')) found = found?.children.get(name as BytePath);
    return found;
  }

  /** One that has not been removed. */
  withId(id: number): PlainNode | undefined {
    return this.byId.get(id);
  }

  pathOf(found: PlainNode): BytePath {
    if (found.above === undefined) return ROOT;
    const above = this.pathOf(found.above);
    return above === ROOT ? found.name : join(above, found.name);
  }

  /** Every path but the root, a directory before what is in it. */
  paths(from: PlainNode = this.root): BytePath[] {
    return [...from.children.values()].flatMap((child) => [
      this.pathOf(child),
      ...this.paths(child),
    ]);
  }

  directories(): PlainNode[] {
    return [...this.byId.values()].filter(({ version }) => version === undefined);
  }

  /**
   * Makes it in a directory, in place of what has its name. @param version undefined: a directory
   */
  put(above: PlainNode, name: BytePath, version: number | undefined): PlainNode {
    this.remove(above.children.get(name));
    const made = node(version);
    this.byId.set(made.id, made);
    attach(made, above, name);
    return made;
  }

  move(found: PlainNode, above: PlainNode, name: BytePath): void {
    this.remove(above.children.get(name));
    found.above?.children.delete(found.name);
    attach(found, above, name);
  }

  remove(found: PlainNode | undefined): void {
    if (found === undefined) return;
    for (const child of found.children.values()) this.remove(child);
    found.above?.children.delete(found.name);
    this.byId.delete(found.id);
  }

  /** Makes a path a directory, and those above. */
  directoryAt(path: BytePath): PlainNode {
    if (path === ROOT) return this.root;
    const above = this.directoryAt(parent(path));
    const found = above.children.get(basename(path));
    return found !== undefined && found.version === undefined
      ? found
      : this.put(above, basename(path), undefined);
  }

  /** What it holds, a line for each path. */
  text(): string {
    return this.paths()
      .map(
        (path) =>
          `${path}${this.at(path)?.version === undefined ? '/' : ` ${this.at(path)?.version}`}`,
      )
      .sort()
      .join('\n');
  }
}

function node(version: number | undefined): PlainNode {
  return { id: serial++, version, children: new Map(), above: undefined, name: ROOT };
}

function attach(child: PlainNode, above: PlainNode, name: BytePath): void {
  child.above = above;
  child.name = name;
  above.children.set(name, child);
}
