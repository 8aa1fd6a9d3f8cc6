import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords } from '../../../../src/master/options/in-words.js';

test('names in words', () => {
  assert.equal(inWords(['a']), 'a');
  assert.equal(inWords(['a', 'b']), 'a and b');
  assert.equal(inWords(['a', 'b', 'c']), 'a, b and c');
});
