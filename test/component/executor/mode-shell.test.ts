/** Mode shell: lists of what is to be synced. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { Driver } from './driver.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';
import { stage, calls, begin, object } from './recorded-calls.js';

test('shell: a list with label, mask and path; simplified on demand; gone afterwards', async () => {
  await begin({ mode: 'shell' }, object('', true), object('f'));
  await stage.driver.sync(entry('d/f', 270));
  assert.deepEqual(calls()[0]?.lists, [['sync nolabel 1073742080 ', 'sync nolabel 256 f']]);
  assert.deepEqual(calls()[1]?.words.slice(0, 2), ['synclist', 'nolabel']);
  assert.deepEqual(calls()[1]?.lists, [['sync nolabel 270 d/f']]);
  const list = calls()[1]?.words[2] as string;
  assert.match(list, /\/clsync-......\/\.clsync-list\./);
  assert.ok(!existsSync(list));
  stage.driver.finish(1);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(
    readdirSync(stage.scratch.root).filter((name) => name.startsWith('clsync-')),
    [],
  );
});

test('shell: simplified lists in a directory of the user, kept on demand', async () => {
  const lists = join(stage.scratch.root, 'lists');
  await begin(
    {
      mode: 'shell',
      synclistSimplify: true,
      dontUnlinkLists: true,
      listsDirectory: fromText(lists),
    },
    object('f'),
  );
  assert.deepEqual(calls()[0]?.lists, [['f']]);
  assert.equal(readFileSync(calls()[0]?.words[2] as string, 'latin1'), 'f\n');
});

test('a lists directory that others may enter is refused', async () => {
  const lists = join(stage.scratch.root, 'lists');
  mkdirSync(lists);
  chmodSync(lists, 0o755);
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'shell',
      handler: fromText(join(stage.scratch.root, 'record')),
      listsDirectory: fromText(lists),
    }),
  );
  await stage.driver.until('the error', () => stage.driver.fatal !== undefined);
  assert.match(stage.driver.fatal ?? '', /^LISTS_DIRECTORY: .*chmod 700/);
});

test('shell: a name with a newline cannot forge a line', async () => {
  await begin({ mode: 'shell' }, object('', true));
  await stage.driver.sync(entry('a\nsync nolabel 2 /etc/shadow', 2), entry('b', 2));
  assert.deepEqual(calls()[1]?.lists, [['sync nolabel 2 b']]);
  assert.ok(stage.driver.log.some((line) => /^warning: a\\x0async .* left out/.test(line)));
});

test('shell with recursive sync: initialsync for the tree and each new directory', async () => {
  await begin({ mode: 'shell', haveRecursiveSync: true, delayCollect: 3_600_000 }, WHOLE_TREE);
  await stage.driver.sync(entry('d', 0x40000100, EntryFlag.recursive));
  assert.deepEqual(
    calls().map(({ words }) => words),
    [
      ['initialsync', 'nolabel', stage.scratch.source],
      ['initialsync', 'nolabel', `${stage.scratch.source}/d`],
    ],
  );
  assert.deepEqual(
    calls().map(({ iteration }) => iteration),
    [0, 1],
  );
});
