/**
 * A mirror in memory that treats each entry as an ideal handler does: it looks at the path, and at
 * everything beneath it when the entry is recursive. A difference from the tree at the end is a
 * change that has not been sent.
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { display, fromBuffer, join, toBuffer } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Entry } from '../../../src/shared/entry.js';

interface Shape {
  status: string;
  /** undefined: not a directory. */
  children: Map<BytePath, Shape> | undefined;
}

export class Shadow {
  private readonly root: Shape = { status: '', children: new Map() };

  constructor(private readonly directory: BytePath) {}

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) this.applyOne(entry);
  }

  /** The differences from the tree, one line for each path. */
  differences(): string[] {
    const found: string[] = [];
    compare('' as BytePath, this.root, this.scan('' as BytePath), found);
    return found;
  }

  private applyOne({ path, flags }: Entry): void {
    let shape = this.root;
    let at = '' as BytePath;
    this.refresh(shape, at);
    const parts = path === '' ? [] : (path.split('/') as BytePath[]);
    for (const part of parts) {
      at = join(at, part);
      const stats = this.look(at);
      if (shape.children === undefined) return;
      if (stats === undefined) return void shape.children.delete(part);
      let next = shape.children.get(part);
      if (next === undefined)
        shape.children.set(part, (next = { status: '', children: undefined }));
      this.refresh(next, at);
      shape = next;
    }
    if ((flags & EntryFlag.recursive) !== 0 && shape.children !== undefined)
      Object.assign(shape, this.scan(path));
  }

  private refresh(shape: Shape, path: BytePath): void {
    const stats = this.look(path);
    if (stats === undefined) return;
    shape.status = statusOf(stats);
    shape.children = stats.isDirectory() ? (shape.children ?? new Map()) : undefined;
  }

  private look(path: BytePath): BigIntStats | undefined {
    try {
      return lstatSync(toBuffer(join(this.directory, path)), { bigint: true });
    } catch {
      return undefined;
    }
  }

  private scan(path: BytePath): Shape {
    const stats = this.look(path);
    if (stats === undefined || !stats.isDirectory())
      return { status: stats === undefined ? '' : statusOf(stats), children: undefined };
    const children = new Map<BytePath, Shape>();
    try {
      for (const name of readdirSync(toBuffer(join(this.directory, path)), {
        encoding: 'buffer',
      })) {
        const child = fromBuffer(name);
        const shape = this.scan(join(path, child));
        if (shape.status !== '') children.set(child, shape);
      }
    } catch {
      // Removed meanwhile: an event reports it.
    }
    return { status: statusOf(stats), children };
  }
}

function statusOf(stats: BigIntStats): string {
  const { mode, uid, gid, rdev, ino, mtimeNs } = stats;
  return [mode, uid, gid, rdev, ino, stats.isDirectory() ? 0n : stats.size, mtimeNs].join(' ');
}

function compare(
  path: BytePath,
  shadow: Shape | undefined,
  tree: Shape | undefined,
  found: string[],
): void {
  if (shadow?.status !== tree?.status)
    found.push(
      `${display(path) || '.'}: told ${shadow?.status ?? 'absent'}, is ${tree?.status ?? 'absent'}`,
    );
  for (const name of new Set([
    ...(shadow?.children?.keys() ?? []),
    ...(tree?.children?.keys() ?? []),
  ])) {
    compare(join(path, name), shadow?.children?.get(name), tree?.children?.get(name), found);
  }
}
