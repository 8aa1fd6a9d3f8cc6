/** Mode rsyncdirect: every kind of change arrives, and only what changed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Driver, bytesBelow } from './driver.js';
import { entry, refusal } from '../../harness/entries.js';
import { stage, NEW, NEW_DIRECTORY, REFUSING, differences, source, write } from './rsync-stage.js';

test(
  'the initial sync mirrors the tree, deletes what is stale and leaves out what the rules ' +
    'refuse',
  async () => {
    mkdirSync(source('a/b'), { recursive: true });
    write('a/b/file');
    write('a/[x]*');
    write('back\\slash');
    write('a/ok');
    linkSync(source('a/ok'), source('other-name'));
    writeFileSync(join(stage.scratch.destination, 'stale'), '');
    stage.driver = new Driver(stage.scratch.settings());
    await stage.driver.begin(refusal('a/[x]*'), refusal('back\\slash'));
    assert.deepEqual(stage.driver.synced, [{ paths: 1, initial: true }]);
    assert.deepEqual(stage.driver.statuses, ['initsync', 'running']);
    rmSync(source('a/[x]*'));
    rmSync(source('back\\slash'));
    utimesSync(source('a'), 1, 1);
    utimesSync(source(), 1, 1);
    utimesSync(join(stage.scratch.destination, 'a'), 1, 1);
    utimesSync(join(stage.scratch.destination), 1, 1);
    assert.equal(differences(), '');
  },
);

for (const [which, script] of [
  ['', undefined],
  [' with an rsync that refuses names that are gone', REFUSING],
] as const)
  test(
    `changes arrive${which}: new, deleted and emptied directories, and files that become ` +
      'directories and back',
    async () => {
      const handler = join(stage.scratch.root, 'rsync');
      if (script !== undefined) writeFileSync(handler, script, { mode: 0o755 });
      for (const directory of ['gone/deep/er', 'kept', 'to-file/in'])
        mkdirSync(source(directory), { recursive: true });
      for (const file of [
        'gone/deep/er/f',
        'kept/a',
        'kept/b',
        'to-file/in/f',
        'to-dir',
        'to-link',
      ])
        write(file);
      stage.driver = new Driver(
        stage.scratch.settings(script === undefined ? {} : { handler: fromText(handler) }),
      );
      await stage.driver.begin();
      assert.equal(differences(), '');

      rmSync(source('gone'), { recursive: true });
      rmSync(source('kept/a'));
      rmSync(source('to-file'), { recursive: true });
      write('to-file');
      rmSync(source('to-dir'));
      mkdirSync(source('to-dir/x/y'), { recursive: true });
      write('to-dir/x/y/z');
      rmSync(source('to-link'));
      symlinkSync('/etc', source('to-link'));
      await stage.driver.sync(
        entry('gone/deep/er/f', IN.DELETE),
        entry('kept/a', IN.DELETE),
        entry('to-file', NEW),
        entry('to-file/in/f', IN.DELETE),
        entry('to-dir', NEW_DIRECTORY, EntryFlag.recursive),
        entry('to-link', IN.CREATE),
        entry('to-link/passwd', IN.MODIFY),
      );
      assert.equal(differences(), '');
      assert.ok(lstatSync(join(stage.scratch.destination, 'to-link')).isSymbolicLink());
    },
  );

test('a directory synced whole loses stale entries; refused paths are not copied', async () => {
  mkdirSync(source('d/inner'), { recursive: true });
  write('d/inner/f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('d'), { recursive: true });
  mkdirSync(source('d/refused'), { recursive: true });
  mkdirSync(source('d/new/er'), { recursive: true });
  write('d/refused/secret');
  write('d/new/er/f');
  write('d/no');
  await stage.driver.syncBatch({
    changes: [entry('d', NEW_DIRECTORY, EntryFlag.recursive)],
    refused: [refusal('d/refused'), refusal('d/no')],
  });
  rmSync(source('d/refused'), { recursive: true });
  rmSync(source('d/no'));
  utimesSync(source('d'), 1, 1);
  utimesSync(join(stage.scratch.destination, 'd'), 1, 1);
  assert.equal(differences(), '');
});

test(
  'names are bytes: newline, dash, wildcards, per cent, comment signs, invalid UTF-8, 255 ' +
    'bytes',
  async () => {
    stage.driver = new Driver(stage.scratch.settings());
    await stage.driver.begin();
    const names = [
      'new\nline',
      '-rf',
      '--delete',
      '*',
      '[a]?',
      '%PID%',
      '%',
      '#c',
      ';c',
      ' blank ',
      '\xff\xfe',
      'x'.repeat(255),
      'a\\b',
      '\\',
      '+ x',
      '- x',
      '!',
      '~',
      'é',
    ] as BytePath[];
    for (const name of names) writeFileSync(bytesBelow(stage.scratch.source, name), name);
    await stage.driver.sync(...names.map((path) => ({ ...entry('', NEW), path })));
    assert.equal(differences(), '');
    for (const name of names) rmSync(bytesBelow(stage.scratch.source, name));
    await stage.driver.sync(...names.map((path) => ({ ...entry('', IN.DELETE), path })));
    assert.equal(differences(), '');
    assert.equal(execFileSync('ls', ['-A', stage.scratch.destination], { encoding: 'utf8' }), '');
  },
);

test('only what is listed changes: a sibling that is not stays as it is', async () => {
  write('listed');
  write('sibling');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('listed', 'new');
  write('sibling', 'new');
  await stage.driver.sync(entry('listed', NEW));
  assert.equal(readFileSync(join(stage.scratch.destination, 'listed'), 'utf8'), 'new');
  assert.equal(readFileSync(join(stage.scratch.destination, 'sibling'), 'utf8'), 'sibling');
});

for (const [which, script] of [
  ['', undefined],
  [' with an rsync that refuses names that are gone', REFUSING],
] as const)
  test(
    `what is new at the destination stays there${which}: other names are not deleted, whether the ` +
      'attributes of the root, a deletion, or a new directory is synced',
    async () => {
      const handler = join(stage.scratch.root, 'rsync');
      if (script !== undefined) writeFileSync(handler, script, { mode: 0o755 });
      mkdirSync(source('d'));
      for (const name of ['[a]*', 'd/gone', 'd/left']) write(name);
      stage.driver = new Driver(
        stage.scratch.settings(script === undefined ? {} : { handler: fromText(handler) }),
      );
      await stage.driver.begin();
      const there = (name: string): string => join(stage.scratch.destination, name);
      for (const name of ['new', 'd/new']) writeFileSync(there(name), name);
      chmodSync(source(), 0o750);
      await stage.driver.sync(entry('', IN.ATTRIB));
      rmSync(source('d/gone'));
      await stage.driver.sync(entry('d/gone', IN.DELETE));
      rmSync(source('[a]*'));
      await stage.driver.sync(entry('[a]*', IN.DELETE));
      mkdirSync(source('made'));
      write('made/f');
      await stage.driver.sync(entry('made', NEW_DIRECTORY, EntryFlag.recursive));
      assert.equal(readFileSync(there('made/f'), 'utf8'), 'made/f');
      assert.deepEqual(readdirSync(there('d')).sort(), ['left', 'new']);
      assert.deepEqual(readdirSync(there('')).sort(), ['d', 'made', 'new']);
      for (const name of ['new', 'd/new']) rmSync(there(name));
      for (const directory of ['', 'd']) utimesSync(there(directory), 1, 1);
      for (const directory of ['', 'd']) utimesSync(source(directory), 1, 1);
      assert.equal(differences(), '');
    },
  );

test('hard links are made and broken as in the source', async () => {
  write('a');
  linkSync(source('a'), source('b'));
  write('c');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('b'));
  write('b', 'b');
  linkSync(source('c'), source('d'));
  await stage.driver.sync(
    entry('a', IN.ATTRIB),
    entry('b', NEW),
    entry('c', IN.ATTRIB),
    entry('d', IN.CREATE),
  );
  assert.equal(differences(), '');
  const inode = (name: string): number => lstatSync(join(stage.scratch.destination, name)).ino;
  assert.equal(inode('c'), inode('d'));
  assert.notEqual(inode('a'), inode('b'));
});

test('the attributes of the root itself are carried', async () => {
  write('f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  chmodSync(source(), 0o750);
  await stage.driver.sync(entry('', IN.ATTRIB));
  assert.equal(differences(), '');
});

test('files behind a symbolic link that replaced a directory are not copied', async () => {
  mkdirSync(source('d'));
  write('d/f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('d'), { recursive: true });
  const outside = join(stage.scratch.root, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'f'), 'secret');
  symlinkSync(outside, source('d'));
  await stage.driver.sync(entry('d/f', IN.MODIFY));
  assert.ok(lstatSync(join(stage.scratch.destination, 'd')).isSymbolicLink());
});
