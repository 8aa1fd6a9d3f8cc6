import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { room, sizeOf, split } from '../../../../src/executor/run/argument-limit.js';
import { countAlone, expand, insert } from '../../../../src/executor/run/arguments.js';

function words(...text: string[]): BytePath[] {
  return text.map(fromText);
}

const options = {
  label: fromText('web'),
  'watch-dir': fromText('/srv'),
  'sync-handler': fromText(''),
};

test('a list alone in a word becomes words; inside a word it is nothing', () => {
  const list = { 'INCLUDE-LIST': words('a', '%label%', '%INCLUDE-LIST%') };
  assert.deepEqual(
    expand(words('x', '%INCLUDE-LIST%', 'y%INCLUDE-LIST%z'), { words: list, texts: {}, options }),
    words('x', 'a', '%label%', '%INCLUDE-LIST%', 'yz'),
  );
  assert.deepEqual(
    expand(words('%INCLUDE-LIST%'), { words: { 'INCLUDE-LIST': [] }, texts: {}, options }),
    [],
  );
});

test(
  'texts and options are put in anywhere, unset ones as nothing, unknown names stay as ' +
    'written',
  () => {
    const texts = { 'EVENT-MASK': () => fromText('256'), label: () => fromText('%watch-dir%') };
    assert.deepEqual(
      expand(
        words(
          '%watch-dir%/',
          'm=%EVENT-MASK%',
          '%label%',
          '[%sync-handler%]',
          '%nope%',
          '100%',
          '%%',
          '50%%',
          '%%label%%',
          '%constructor%',
        ),
        { words: {}, texts, options },
      ),
      words(
        '/srv/',
        'm=256',
        '%watch-dir%',
        '[]',
        '%nope%',
        '100%',
        '%',
        '50%',
        '%label%',
        '%constructor%',
      ),
    );
  },
);

test('words that are a template themselves stand in a template as they are', () => {
  const template = words('%RSYNC-ARGS%', 'x%RSYNC-ARGS%y', '%%RSYNC-ARGS%%', '%label%');
  assert.deepEqual(
    insert(template, 'RSYNC-ARGS', words('-a', '%LIST%%')),
    words('-a', '%LIST%%', 'xy', '%%RSYNC-ARGS%%', '%label%'),
  );
});

test('a text is asked for only when it is named', () => {
  const texts = { 'INCLUDE-LIST-PATH': (): BytePath => assert.fail('nobody named it') };
  assert.deepEqual(expand(words('a'), { words: {}, texts, options }), words('a'));
});

test('names alone in a word are counted', () => {
  assert.equal(
    countAlone(
      words('%INCLUDE-LIST%', 'x%INCLUDE-LIST%', '%INCLUDE-LIST%', '%label%'),
      'INCLUDE-LIST',
    ),
    2,
  );
});

test('parts are as large as allowed and never empty; an item that is too large is alone', () => {
  assert.deepEqual(
    split([3, 3, 3, 9, 1, 1], (n) => n, 6),
    [[3, 3], [3], [9], [1, 1]],
  );
  assert.deepEqual(
    split([], (n: number) => n, 6),
    [],
  );
});

test('the room for arguments is a quarter of the stack limit, less the environment', () => {
  const all = room([]);
  assert.ok(all > 64 << 10 && all <= 6 << 20);
  assert.equal(room(words('NAME=value')), all - sizeOf(words('NAME=value')));
  assert.equal(sizeOf(words('four')), 4 + 1 + 8);
});
