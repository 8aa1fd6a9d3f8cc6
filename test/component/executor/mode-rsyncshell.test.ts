/** The modes that give rsync lists of patterns: rsyncshell, rsyncdirect. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { WHOLE_TREE, entry, refusal } from '../../harness/entries.js';
import { stage, calls, begin, beginBatch, object, template, make } from './recorded-calls.js';
import type { Call } from './recorded-calls.js';

test(
  'rsyncshell: everything at first, then paths with their parents; content of what is new or ' +
    'gone',
  async () => {
    make('a/b/f', 'new/x', 'new/no', 'e*', 'e\\');
    await beginBatch(
      { mode: 'rsyncshell' },
      { changes: [WHOLE_TREE], refused: [refusal('a/secret')] },
    );
    await stage.driver.syncBatch({
      changes: [
        entry('a/b/f', 2),
        entry('gone/f', 512),
        entry('new', 0x40000100, EntryFlag.recursive),
        entry('e*', 2),
        entry('e\\', 2),
      ],
      refused: [refusal('new/no')],
    });
    const [first, second] = calls() as [Call, Call];
    assert.deepEqual(first.words.slice(0, 2), ['rsynclist', 'nolabel']);
    assert.deepEqual(first.lists, [['/***'], ['/a/secret']]);
    assert.deepEqual([...(second.lists[0] ?? [])].sort(), [
      '/a',
      '/a/b',
      '/a/b/f',
      '/e\\',
      '/e\\*',
      '/gone',
      '/gone/***',
      '/new/***',
    ]);
    assert.deepEqual(second.lists[1], ['/new/no']);
    // A new directory counts too.
    assert.deepEqual([first.iteration, second.iteration], [1, 3]);
  },
);

test('rsyncshell, includes preferred: every object by name, no exclude list', async () => {
  make('d/f');
  await begin(
    { mode: 'rsyncshell', rsyncPreferInclude: true },
    object('', true),
    object('d', true),
    object('d/f'),
  );
  assert.equal(calls()[0]?.words.length, 3);
  assert.deepEqual(
    calls()[0]?.lists.map((list) => [...list].sort()),
    [['/d', '/d/f']],
  );
});

test('rsyncshell: long lists are split, each call with its exclude list', async () => {
  make('a', 'b', 'c', 'd');
  await begin(
    { mode: 'rsyncshell', rsyncPreferInclude: true, rsyncInclimit: 2 },
    object('a'),
    object('b'),
    object('c'),
  );
  assert.deepEqual(
    calls().map(({ lists }) => lists),
    [[['/a', '/b']], [['/c']]],
  );
});

test('rsyncdirect: the documented words of %RSYNC-ARGS%, and 24 is no failure', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '24');
  await begin(
    { mode: 'rsyncdirect', handlerArguments: template('%RSYNC-ARGS%', '%watch-dir%/', 'there') },
    WHOLE_TREE,
  );
  const [first] = calls() as [Call];
  const [inc, exc] = [
    first.words[first.words.indexOf('--include-from') + 1],
    first.words[first.words.indexOf('--exclude-from') + 1],
  ];
  assert.ok(inc !== undefined && exc !== undefined);
  assert.deepEqual(first.words.slice(-3), ['--exclude=*', stage.scratch.source + '/', 'there']);
  assert.ok(first.words.includes('-aH') && first.words.includes('--delete'));
});

test(
  'rsyncdirect with lists of patterns mirrors, too: a moved directory leaves nothing behind, ' +
    'odd names arrive',
  async () => {
    const names = ['d/deep/f', 'a\nb', 'a\\b', '[x]*', 'plain'];
    make(...names);
    await begin(
      {
        mode: 'rsyncdirect',
        handler: fromText('rsync'),
        handlerArguments: template('%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/'),
      },
      WHOLE_TREE,
    );
    rmSync(join(stage.scratch.source, 'd'), { recursive: true });
    for (const name of names.slice(1)) writeFileSync(join(stage.scratch.source, name), 'new');
    await stage.driver.sync(...names.slice(1).map((name) => entry(name, 2)), entry('d', 64));
    assert.deepEqual(readdirSync(stage.scratch.destination).sort(), names.slice(1).sort());
    for (const name of names.slice(1))
      assert.equal(readFileSync(join(stage.scratch.destination, name), 'utf8'), 'new', name);
  },
);
