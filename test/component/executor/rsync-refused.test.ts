/** Mode rsyncdirect: what the rules refuse is left alone at the destination. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import type { ExecutorSettings, Rule } from '../../../src/shared/settings.js';
import { Driver } from './driver.js';
import { entry, refusal } from '../../harness/entries.js';
import {
  stage,
  NEW,
  NEW_DIRECTORY,
  REFUSING,
  differences,
  source,
  write,
  elsewhere,
} from './rsync-stage.js';

/** The forms of a destination: a local one is compared as a tree, others through rsync. */
const DESTINATIONS: readonly {
  readonly where: string;
  readonly settings: () => Partial<ExecutorSettings>;
}[] = [
  { where: 'here', settings: () => ({}) },
  { where: 'on another host', settings: elsewhere },
  {
    where: 'here, with the arguments of the user',
    settings: () => ({
      handlerArguments: ['%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/'].map(fromText),
    }),
  },
];

for (const { where, settings } of DESTINATIONS)
  test(`refused paths that only the destination has, ${where}, is left alone`, async () => {
    const there = (...names: readonly string[]): void => {
      for (const name of names) {
        mkdirSync(dirname(join(stage.scratch.destination, name)), { recursive: true });
        writeFileSync(join(stage.scratch.destination, name), name);
      }
    };
    const left = (): string[] =>
      execFileSync('find', ['.', '-type', 'f'], {
        cwd: stage.scratch.destination,
        encoding: 'latin1',
      })
        .split('\n')
        .filter((name) => name !== '')
        .sort();
    const rule = (kind: Rule['kind'], pattern: string, allow = false): Rule => ({
      allow,
      kind,
      pattern: fromText(pattern),
      line: 1,
    });
    const rules = [
      rule('f', '^kept\\.local$', true),
      rule('f', '\\.local$'),
      rule('d', '^cache$'),
      rule('w', '^closed$'),
    ];
    mkdirSync(source('d/e'), { recursive: true });
    mkdirSync(source('closed'));
    for (const name of ['f', 'd/e/f']) write(name);
    const kept = [
      './a\nb\\#012.local',
      './cache/deep/x',
      './closed/x',
      './d/e/own.local',
      './other.local',
      './stale/in/own.local',
    ].map((name) => name.slice(2));
    there(
      ...kept,
      'kept.local',
      'stale/in/gone',
      'stale/gone',
      'stale too',
      'd/gone',
      'd/old/gone',
    );
    const expected = (...names: readonly string[]): string[] =>
      [...kept, ...names]
        .map((name) => `./${name}`)
        .join('\n')
        .split('\n')
        .sort();
    stage.driver = new Driver(stage.scratch.settings({ rules, ...settings() }));
    await stage.driver.begin(refusal('closed', true));
    assert.deepEqual(left(), expected('f', 'd/e/f'));
    rmSync(source('d/e'), { recursive: true });
    mkdirSync(source('d/new'));
    there('d/new/own.local', 'd/new/gone');
    await stage.driver.sync(
      entry('d/e', (IN.DELETE | IN.ISDIR) >>> 0),
      entry('d/new', NEW_DIRECTORY, EntryFlag.recursive),
    );
    assert.deepEqual(left(), expected('f', 'd/new/own.local'));
  });

/**
 * While the file `leaving` exists, the directory named in it is removed once rsync has its
 * arguments.
 */
const LEAVING = `#!/bin/sh
[ -e "\${0%/*}/leaving" ] && rm -r "$(cat "\${0%/*}/leaving")"
rm -f "\${0%/*}/leaving"
`;

for (const [which, script] of [
  ['', ''],
  [' with an rsync that refuses names that are gone', REFUSING],
] as const)
  test(
    `a directory that goes while others are synced${which} leaves what the rules refuse at ` +
      'the destination',
    async () => {
      const handler = join(stage.scratch.root, 'rsync');
      writeFileSync(handler, LEAVING + (script === '' ? 'exec rsync "$@"\n' : script), {
        mode: 0o755,
      });
      for (const name of ['d', 'e', 'e/i', 'gone'])
        (mkdirSync(source(name)), write(join(name, 'f')));
      for (const name of ['e/old', 'old']) write(name);
      stage.driver = new Driver(
        stage.scratch.settings({
          handler: fromText(handler),
          rules: [{ allow: false, kind: 'f', pattern: fromText('\\.local$'), line: 1 }],
        }),
      );
      await stage.driver.begin();
      const own = (name: string): string => join(stage.scratch.destination, name, 'own.local');
      for (const name of ['d', 'e/i', 'gone']) writeFileSync(own(name), '');
      const leave = (name: string): void =>
        writeFileSync(join(stage.scratch.root, 'leaving'), source(name));
      rmSync(source('e/old'));
      await stage.driver.sync(entry('e/old', IN.DELETE));
      rmSync(source('old'));
      leave('d');
      await stage.driver.sync(entry('old', IN.DELETE));
      assert.ok(lstatSync(own('d')));
      write('e/i/f', 'new');
      leave('e/i');
      await stage.driver.sync(entry('e/i/f', NEW), entry('e', IN.ATTRIB));
      assert.ok(lstatSync(own('e/i')));
      rmSync(source('gone'), { recursive: true });
      await stage.driver.sync(
        entry('gone', IN.DELETE),
        entry('e/i', IN.DELETE),
        entry('d', IN.DELETE),
      );
      for (const name of ['d', 'e/i', 'gone'])
        assert.deepEqual(readdirSync(dirname(own(name))), ['own.local']);
    },
  );

test('a path refused after it changed is left alone, until it is released', async () => {
  mkdirSync(source('d'));
  write('d/f', 'old');
  write('g', 'old');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('d/f', 'new');
  write('g', 'new');
  await stage.driver.syncBatch({
    changes: [entry('d/f', NEW), entry('g', NEW)],
    refused: [refusal('d')],
  });
  assert.equal(readFileSync(join(stage.scratch.destination, 'd/f'), 'utf8'), 'old');
  assert.equal(readFileSync(join(stage.scratch.destination, 'g'), 'utf8'), 'new');
  await stage.driver.syncBatch({
    changes: [entry('d', NEW_DIRECTORY, EntryFlag.recursive)],
    released: [fromText('d')],
  });
  assert.equal(differences(), '');
});
