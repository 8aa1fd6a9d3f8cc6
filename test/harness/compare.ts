/**
 * Compares two directory trees: names (bytes), types, contents, modes, owners, modification times
 * to the nanosecond, hard links, devices; on demand extended attributes with ACLs, and holes.
 */
import { lstatSync, openSync, closeSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { BeyondNode } from './beyond-node.js';
import { ROOT, display, fromBuffer, fromText, join, toBuffer } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';

export interface Difference {
  /** Relative to the two roots. */
  readonly path: BytePath;
  readonly what: string;
}

interface Tree {
  readonly root: BytePath;
  /** Keyed by relative path. */
  readonly objects: Map<BytePath, BigIntStats>;
  /**
   * For each name of an object with several names in the tree: the first of its names in byte
   * order.
   */
  readonly firstName: Map<BytePath, BytePath>;
  /** Empty when they are not compared. */
  readonly attributes: ReadonlyMap<BytePath, string>;
}

export interface CompareOptions {
  /** Does not compare owners and groups, for a destination that cannot set them. */
  readonly ignoreOwners?: boolean;
  /** Compares extended attributes, which it reads, and what files with holes occupy. */
  readonly attributes?: BeyondNode | undefined;
}

/** Bytes of a block of st_blocks, and of holes that a copy must have: file systems round. */
const [BLOCK, HOLES] = [512n, 131_072n] as const;
const TYPE_BITS = 0o170000n;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  0o010000: 'fifo',
  0o020000: 'character device',
  0o040000: 'directory',
  0o060000: 'block device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

/** All differences of `destination` from `source`, in byte order of paths. */
export function compareTrees(
  source: string,
  destination: string,
  options: CompareOptions = {},
): Difference[] {
  const [wanted, found] = [source, destination].map((root) => ({
    ...read(fromText(root)),
    ...(options.attributes && { attributes: options.attributes.attributesIn(root) }),
  })) as [Tree, Tree];
  const differences: Difference[] = [];
  for (const path of [...new Set([...wanted.objects.keys(), ...found.objects.keys()])].sort()) {
    const what = compareObject(path, wanted, found, options);
    if (what.length > 0) differences.push({ path, what: what.join('; ') });
  }
  return differences;
}

/** For people; at most `limit` lines. */
export function describeDifferences(differences: readonly Difference[], limit = 20): string {
  const lines = differences
    .slice(0, limit)
    .map(({ path, what }) => `  ${display(path) || '(root)'}: ${what}`);
  if (differences.length > limit) lines.push(`  ... and ${differences.length - limit} more`);
  return [`${differences.length} differences`, ...lines].join('\n');
}

/** Number of objects beneath `root`, including `root` itself. */
export function countObjects(root: string): number {
  return read(fromText(root)).objects.size;
}

function read(root: BytePath): Tree {
  const objects = new Map<BytePath, BigIntStats>();
  const names = new Map<string, BytePath[]>();
  const pending: BytePath[] = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const absolute = toBuffer(path === ROOT ? root : join(root, path));
    const stats = ifPresent(() => lstatSync(absolute, { bigint: true }));
    if (stats === undefined) continue;
    objects.set(path, stats);
    if (!stats.isDirectory()) {
      if (stats.nlink > 1n) addTo(names, `${stats.dev}:${stats.ino}`, path);
      continue;
    }
    for (const name of ifPresent(() => readdirSync(absolute, { encoding: 'buffer' })) ?? [])
      pending.push(join(path, fromBuffer(name)));
  }
  const firstName = new Map<BytePath, BytePath>();
  for (const group of names.values()) {
    if (group.length < 2) continue;
    const first = group.reduce((a, b) => (a < b ? a : b));
    for (const path of group) firstName.set(path, first);
  }
  return { root, objects, firstName, attributes: new Map() };
}

function addTo<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The tree may change while it is read: undefined for an object that has vanished meanwhile. */
function ifPresent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

function compareObject(
  path: BytePath,
  wanted: Tree,
  found: Tree,
  options: CompareOptions,
): string[] {
  const a = wanted.objects.get(path);
  const b = found.objects.get(path);
  if (a === undefined) return [`is at the destination only (${typeName(b as BigIntStats)})`];
  if (b === undefined) return [`is missing at the destination (${typeName(a)})`];
  if ((a.mode & TYPE_BITS) !== (b.mode & TYPE_BITS))
    return [`${typeName(a)} became ${typeName(b)}`];

  const what: string[] = [];
  const field = (name: string, x: unknown, y: unknown): void => {
    if (x !== y) what.push(`${name} ${String(x)} became ${String(y)}`);
  };
  field('mode', octal(a.mode), octal(b.mode));
  field('mtime', a.mtimeNs, b.mtimeNs);
  if (!options.ignoreOwners) {
    field('uid', a.uid, b.uid);
    field('gid', a.gid, b.gid);
  }
  if (a.isCharacterDevice() || a.isBlockDevice()) field('device', a.rdev, b.rdev);
  if (a.isFile()) {
    field('size', a.size, b.size);
    if (a.size === b.size && !sameContent(path, wanted, found)) what.push('content differs');
    if (options.attributes && a.size === b.size && isFilled(a, b))
      field('blocks', a.blocks, b.blocks);
  }
  field('attributes', wanted.attributes.get(path), found.attributes.get(path));
  if (a.isSymbolicLink()) field('target', target(wanted, path), target(found, path));
  const [groupA, groupB] = [wanted.firstName.get(path), found.firstName.get(path)];
  if (groupA !== groupB)
    what.push(`linked with ${shown(groupA)} became linked with ${shown(groupB)}`);
  return what.length > 0 ? [typeName(a), ...what] : what;
}

/** Whether holes of a file have become zeros. */
function isFilled(a: BigIntStats, b: BigIntStats): boolean {
  return a.size - a.blocks * BLOCK > HOLES && b.blocks * BLOCK > a.blocks * BLOCK + HOLES / 2n;
}

function sameContent(path: BytePath, wanted: Tree, found: Tree): boolean {
  const a = content(wanted, path);
  const b = content(found, path);
  return a !== undefined && b !== undefined && a.equals(b);
}

function content(tree: Tree, path: BytePath): Buffer | undefined {
  return ifPresent(() => {
    const fd = openSync(toBuffer(join(tree.root, path)), 'r');
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

function target(tree: Tree, path: BytePath): string | undefined {
  const bytes = ifPresent(() =>
    readlinkSync(toBuffer(join(tree.root, path)), { encoding: 'buffer' }),
  );
  return bytes && display(fromBuffer(bytes));
}

function typeName(stats: BigIntStats): string {
  return TYPE_NAMES[Number(stats.mode & TYPE_BITS)] ?? 'unknown';
}

function octal(mode: bigint): string {
  return '0' + (mode & ~TYPE_BITS).toString(8);
}

function shown(path: BytePath | undefined): string {
  return path === undefined ? 'nothing' : display(path);
}
