/**
 * `--two-way`: what another daemon has yet to copy from the destination is neither replaced nor
 * deleted.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EntryFlag, ObjectType } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Driver } from './driver.js';
import { entry } from '../../harness/entries.js';
import { stage, NEW, NEW_DIRECTORY, elsewhere, source, write } from './rsync-stage.js';

const there = (...parts: string[]): string => join(stage.scratch.destination, ...parts);
const read = (...parts: string[]): string => readFileSync(there(...parts), 'utf8');
/** Seconds since the epoch, within one second. */
const [EARLIER, LATER] = [1_000_000_000.2, 1_000_000_000.7];

function writeAt(path: string, text: string, time: number): void {
  writeFileSync(path, text);
  utimesSync(path, time, time);
}

test('an initial sync replaces what is older, and deletes nothing', async () => {
  writeAt(source('older'), 'new', LATER);
  writeAt(there('older'), 'old', EARLIER);
  writeFileSync(there('theirs'), 'theirs');
  stage.driver = new Driver(stage.scratch.settings({ twoWay: true }));
  await stage.driver.begin();
  assert.deepEqual([read('older'), read('theirs')], ['new', 'theirs']);
});

test('a file that is newer at the destination stays, also within one second', async () => {
  stage.driver = new Driver(stage.scratch.settings({ twoWay: true }));
  await stage.driver.begin();
  mkdirSync(source('d'));
  mkdirSync(there('d'));
  for (const name of ['f', 'd/f']) {
    writeAt(source(name), 'old', EARLIER);
    writeAt(there(name), 'newer', LATER);
  }
  write('g');
  await stage.driver.sync(
    entry('f', NEW),
    entry('g', NEW),
    entry('d', NEW_DIRECTORY, EntryFlag.recursive),
  );
  assert.deepEqual([read('f'), read('d/f'), read('g')], ['newer', 'newer', 'g']);
  writeAt(source('f'), 'newest', LATER + 0.1);
  await stage.driver.sync(entry('f', NEW));
  assert.equal(read('f'), 'newest');
});

test('a file that was written on both sides is named, but no copy of what the other side wrote', async () => {
  stage.driver = new Driver(stage.scratch.settings({ twoWay: true }));
  await stage.driver.begin();
  const [written, copied] = [IN.MODIFY | IN.CLOSE_WRITE, IN.MOVED_TO];
  for (const [name, here] of [
    ['lost', EARLIER],
    ['replaced', LATER],
    ['copy', EARLIER],
    ['newer', LATER + 1],
  ] as const) {
    writeAt(source(name), 'same', here);
    writeAt(there(name), 'same', LATER);
  }
  await stage.driver.sync(
    entry('lost', written),
    entry('replaced', (written | copied) >>> 0),
    entry('copy', copied),
    entry('newer', written),
  );
  const warnings = stage.driver.log.filter((line) => /both sides/.test(line));
  assert.deepEqual(warnings, [
    'warning: changed on both sides, of which the newer one stays: "lost", "replaced"',
  ]);
});

for (const [where, elsewhereOrNot] of [
  ['', () => ({})],
  [' on another host', elsewhere],
] as const)
  test(`a directory that is new keeps what only the destination${where} has in it`, async () => {
    stage.driver = new Driver(stage.scratch.settings({ twoWay: true, ...elsewhereOrNot() }));
    await stage.driver.begin();
    for (const directory of [source('d'), there('d')])
      mkdirSync(join(directory, 'e'), { recursive: true });
    write('d/e/ours');
    writeFileSync(there('d/e/theirs'), 'theirs');
    writeFileSync(there('theirs'), 'theirs');
    await stage.driver.sync(entry('d', NEW_DIRECTORY, EntryFlag.recursive));
    assert.deepEqual([read('d/e/ours'), read('d/e/theirs')], ['d/e/ours', 'theirs']);
    assert.ok(existsSync(there('theirs')));
  });

test('what was seen to be deleted is, and a directory that was replaced loses what it had', async () => {
  for (const directory of ['d', 'e']) mkdirSync(source(directory));
  for (const name of ['d/gone', 'e/gone', 'e/left']) write(name);
  stage.driver = new Driver(stage.scratch.settings({ twoWay: true }));
  await stage.driver.begin();
  rmSync(source('d'), { recursive: true });
  mkdirSync(source('d'));
  write('d/new');
  rmSync(source('e/gone'));
  await stage.driver.sync(
    {
      ...entry('d', (IN.DELETE | NEW_DIRECTORY) >>> 0, EntryFlag.recursive),
      before: ObjectType.directory,
    },
    entry('e/gone', IN.DELETE),
  );
  assert.deepEqual(
    ['d/gone', 'd/new', 'e/gone', 'e/left'].map((name) => existsSync(there(name))),
    [false, true, false, true],
  );
});
