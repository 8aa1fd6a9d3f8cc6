/** The modes that give paths as words: simple and direct. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';
import { stage, calls, begin, object, template } from './recorded-calls.js';
import type { Call } from './recorded-calls.js';

test(
  'simple: a call for every object and event, in order, with the absolute path and the raw ' +
    'mask',
  async () => {
    await begin({ mode: 'simple' }, object('', true), object('f'));
    await stage.driver.sync(entry('f', 256), entry('f', 2), entry('f', 8));
    const root = stage.scratch.source;
    const expected = [
      [1073742080, root],
      [256, `${root}/f`],
      [256, `${root}/f`],
      [2, `${root}/f`],
      [8, `${root}/f`],
    ] as const;
    assert.deepEqual(
      calls().map(({ words }) => words),
      expected.map(([mask, path]) => ['sync', 'nolabel', String(mask), path]),
    );
    assert.deepEqual(
      calls().map(({ status }) => status),
      ['initsync', 'initsync', 'running', 'running', 'running'],
    );
    assert.deepEqual(
      calls().map(({ iteration }) => iteration),
      [0, 0, 1, 1, 1],
    );
    assert.ok(calls().every(({ directory }) => directory === root));
  },
);

test('names are never expanded, and one that begins with a dash is no option', async () => {
  await begin({ mode: 'direct', destination: fromText('/dst') }, object('', true));
  await stage.driver.sync(
    entry('%PID%', 2),
    entry('%%', 2),
    entry('%label%', 2),
    entry('-rf', 2),
    entry('d/-x', 2),
  );
  assert.deepEqual(calls()[0]?.words, ['.', stage.scratch.destination + '/']);
  assert.deepEqual(calls()[1]?.words.slice(0, -1).sort(), [
    '%%',
    '%PID%',
    '%label%',
    './-rf',
    'd/-x',
  ]);
});

test('direct: status and iteration, then the next; substitutions anywhere in words', async () => {
  const words = template(
    'x%INCLUDE-LIST%y',
    '%INCLUDE-LIST%',
    '%TYPE%',
    '%EVENT-MASK%',
    '%nope%',
    'l=%label%',
    '%INCLUDE-LIST-PATH%',
    '%EXCLUDE-LIST-PATH%',
  );
  await begin({ mode: 'direct', handlerArguments: words }, object('', true), object('f'));
  await stage.driver.sync(entry('f', 10));
  const [first, second] = calls() as [Call, Call];
  assert.deepEqual(
    [first.status, first.iteration, second.status, second.iteration],
    ['initsync', 1, 'running', 2],
  );
  assert.deepEqual(
    second.words.filter((_, index) => index !== 6),
    ['xy', 'f', 'synclist', '%EVENT-MASK%', '%nope%', 'l=nolabel', ''],
  );
  assert.deepEqual(second.lists, [['sync nolabel 10 f']]);
});

test('direct: too many paths for one call are split, none is lost', async () => {
  await begin({ mode: 'direct' }, object('', true));
  const names = Array.from({ length: 12_000 }, (_, i) => `${'n'.repeat(250)}${i}`);
  for (let i = 0; i < names.length; i += 4000)
    stage.driver.batch(...names.slice(i, i + 4000).map((name) => entry(name, 2)));
  await stage.driver.until(
    'all syncs',
    () => stage.driver.synced.reduce((sum, { paths }) => sum + paths, 0) === names.length + 1,
  );
  const given = calls()
    .slice(1)
    .map(({ words }) => words.slice(0, -1));
  assert.deepEqual(given.flat().sort(), [...names].sort());
  assert.ok(given.some((words) => words.length > 256));
});

test('direct with recursive sync: the watch directory, absolute', async () => {
  await begin({ mode: 'direct', haveRecursiveSync: true }, WHOLE_TREE);
  assert.deepEqual(calls()[0]?.words, [stage.scratch.source, stage.scratch.destination + '/']);
  assert.equal(calls()[0]?.iteration, 0);
});
