/** Very many names of a directory that wait at a time are not looked at one by one. */
import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EntryFlag, ObjectType } from '../../../src/shared/entry.js';
import { Watched, covers, scratch } from './support.js';

/** More than wait one by one, and few enough for the kernel's queue. */
const MANY = 4200;
/** `QUEUE_BOUNDS.names` */
const ALONE = 2048;

test('a directory stands for very many names in it, and nothing else is missed', async () => {
  using directory = scratch();
  const at = (path: string): string => join(directory.path, path);
  for (const path of ['his/away', 'theirs']) mkdirSync(at(path), { recursive: true });
  for (const path of ['his/old', 'his/gone', 'his/linked', 'his/away/file'])
    writeFileSync(at(path), 'before');
  linkSync(at('his/linked'), at('theirs/linked'));
  utimesSync(at('his/old'), 1, 1);
  using watched = new Watched(directory.path, { collapses: true });
  await watched.message('walked');
  await watched.quiet();
  watched.told();
  // The loop is not free: only the thread that reads events goes on.
  for (let number = 0; number < MANY; number++) {
    symlinkSync('x', at(`his/${number}`));
    rmSync(at(`his/${number}`));
  }
  writeFileSync(at('his/new'), '');
  writeFileSync(at('his/old'), 'behind');
  utimesSync(at('his/old'), 1, 1);
  writeFileSync(at('his/linked'), 'after');
  for (const path of ['his/gone', 'his/linked']) rmSync(at(path));
  renameSync(at('his/away'), at('theirs/away'));
  mkdirSync(at('his/made'));
  writeFileSync(at('theirs/file'), '');
  await watched.quiet();
  const told = watched.told();
  const inHis = [...told.keys()].filter((path) => path.startsWith('his/'));
  assert.ok(inHis.length < ALONE + 100, String(inHis.length));
  assert.ok((told.get('his')?.flags ?? 0) & EntryFlag.recursive);
  for (const path of ['his/new', 'his/old']) assert.equal(told.get(path)?.after, ObjectType.file);
  for (const path of ['theirs/linked', 'theirs/file', 'theirs/away/file', 'his/made'])
    assert.ok(covers(told, path), path);
  writeFileSync(at('his/made/file'), '');
  writeFileSync(at('theirs/away/file'), '');
  await watched.quiet();
  const later = watched.told();
  for (const path of ['his/made/file', 'theirs/away/file']) assert.ok(covers(later, path), path);
});

test('a directory in which very many names are made is not synced as a whole', async () => {
  using directory = scratch();
  mkdirSync(join(directory.path, 'his'));
  using watched = new Watched(directory.path, { collapses: true });
  await watched.message('walked');
  await watched.quiet();
  watched.told();
  for (let number = 0; number < MANY; number++)
    symlinkSync('x', join(directory.path, `his/${number}`));
  mkdirSync(join(directory.path, 'his/made/there'), { recursive: true });
  await watched.quiet();
  const told = watched.told();
  for (let number = 0; number < MANY; number++) assert.ok(told.has(`his/${number}`));
  assert.ok(covers(told, 'his/made/there'));
  assert.ok(!covers(told, 'his/absent'));
});
