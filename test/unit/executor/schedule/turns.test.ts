import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../../src/executor/intake/recent.js';
import { Turns } from '../../../../src/executor/schedule/turns.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { entry } from '../../../harness/entries.js';

const entries = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => entry(`${name}${index}`, 2));
const isAgain = (path: string): boolean => path.startsWith('again');

test(
  'what is new is synced in turn with what changes again, of which no more is taken than ' +
    'takes a moment',
  () => {
    const turns = new Turns(isAgain);
    const all = [...entries('again', 5000), ...entries('new', 3)];
    turns.synced(1000, 1000);
    assert.deepEqual(turns.choose(all, 0), all.slice(5000));
    assert.deepEqual(turns.choose(all, 0), all.slice(0, 200));
    assert.deepEqual(turns.choose(all, 0), all.slice(5000));
    assert.deepEqual(turns.choose(all, 2000), all.slice(0, 500), 'more of what has waited long');
    assert.deepEqual(turns.choose(all.slice(0, 5000), 1e9), all.slice(0, 1000));
  },
);

test('how many that are depends on how fast the last sync was, unless that was too small', () => {
  const turns = new Turns(isAgain);
  const all = entries('again', 5000);
  turns.synced(1000, 500);
  assert.equal(turns.choose(all, 0).length, 400);
  turns.synced(3, 1);
  assert.equal(turns.choose(all, 0).length, 400);
  turns.synced(1000, 1e6);
  assert.equal(turns.choose(all, 0).length, 64, 'a few at least');
});

test('few of them, or nothing but what is new, are taken together', () => {
  const turns = new Turns(isAgain);
  for (const all of [entries('new', 10_000), [...entries('again', 60), ...entries('new', 1000)]])
    assert.deepEqual(turns.choose(all, 0), all);
});

test('paths are recent for some seconds', () => {
  const recent = new Recent();
  const [a, b] = [fromText('a'), fromText('b')];
  recent.note([a], 1000);
  recent.note([b], 7000);
  assert.deepEqual([recent.since(a), recent.since(b)], [1000, 7000]);
  recent.note([b], 13_000);
  assert.deepEqual([recent.since(a), recent.since(b)], [undefined, 13_000]);
  recent.note([], 60_000);
  assert.equal(recent.since(b), undefined);
});
