/** Much content, of which little or nothing has changed. */
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFillSync } from 'node:crypto';
import type { Scope } from '../../test/harness/temporary.js';
import { eventually, wrong } from '../arrival.js';
import type { Contender, DaemonContender, Trees } from '../contenders.js';
import type { Measurement } from '../measurement.js';
import { Work, makeTrees, perhaps } from './stage.js';

const [FILES, SIZE] = [2000, 250_000] as const;
/** MiB of the big file. */
const BIG = 1024;
const MEBIBYTE = 1 << 20;
/** Milliseconds of rest after the first sync. */
const REST = 2000;

export async function renamedDirectory(
  scope: Scope,
  contender: DaemonContender,
): Promise<Measurement> {
  const trees = makeTrees(scope);
  const { source, destination } = trees;
  mkdirSync(join(source, 'before'));
  for (let i = 0; i < FILES; i++)
    writeFileSync(join(source, 'before', 'f' + i), randomFillSync(Buffer.alloc(SIZE)));
  const work = new Work(scope, contender, trees);
  await work.settled();
  await sleep(REST);
  const inodes = inodesIn(join(destination, 'before'));
  work.count();
  const began = performance.now();
  renameSync(join(source, 'before'), join(source, 'after'));
  const arrived = (): boolean =>
    !existsSync(join(destination, 'before')) &&
    existsSync(join(destination, 'after')) &&
    readdirSync(join(destination, 'after')).length === FILES;
  const milliseconds = perhaps(await eventually(began, arrived));
  const count = await wrong(trees);
  const { processor } = work;
  const copied = [...inodesIn(join(destination, 'after'))].filter((inode) => !inodes.has(inode));
  return { milliseconds, processor, wrong: count, copied: copied.length };
}

function inodesIn(directory: string): Set<number> {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return new Set(names.map((name) => lstatSync(join(directory, name)).ino));
}

export async function bigFile(scope: Scope, contender: Contender): Promise<Measurement> {
  const trees = makeTrees(scope);
  const path = join(trees.source, 'big');
  const piece = randomFillSync(Buffer.alloc(MEBIBYTE));
  const file = openSync(path, 'w');
  for (let i = 0; i < BIG; i++) {
    piece.writeUInt32LE(i, 0); // no two are equal
    writeSync(file, piece);
  }
  closeSync(file);
  const work = new Work(scope, contender, trees);
  if ((await eventually(performance.now(), () => hasArrived(trees), 10)) === undefined)
    throw new Error(`${contender.title} does not finish its first sync`);
  await sleep(REST);
  work.count();
  const changed = openSync(path, 'r+');
  const began = performance.now();
  writeSync(changed, randomFillSync(piece), 0, MEBIBYTE, (BIG / 2) * MEBIBYTE);
  closeSync(changed);
  work.run();
  const milliseconds = perhaps(await eventually(began, () => hasArrived(trees)));
  const { processor } = work;
  return { milliseconds, processor, wrong: await wrong(trees) };
}

/** Each contender sets the time when the content is complete. */
function hasArrived({ source, destination }: Trees): boolean {
  const status = (root: string): { mtimeNs: bigint; size: bigint } | undefined =>
    lstatSync(join(root, 'big'), { bigint: true, throwIfNoEntry: false });
  const [wanted, found] = [status(source), status(destination)];
  return found?.mtimeNs === wanted?.mtimeNs && found?.size === wanted?.size;
}
