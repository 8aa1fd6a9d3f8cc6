import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../../../src/executor/run/lines.js';

test('lines come when they are complete, however they are cut', () => {
  const lines = new Lines(100);
  assert.deepEqual(lines.push(Buffer.from('a\nb')), ['a']);
  assert.deepEqual(lines.push(Buffer.from('c\r')), []);
  assert.deepEqual(lines.push(Buffer.from('\nd\xe9', 'latin1')), ['bc']);
  assert.deepEqual(lines.last(), ['d\xe9']);
  assert.deepEqual(lines.last(), []);
});

test('of a line that does not end, no more is kept than is allowed', () => {
  const lines = new Lines(3, /\n/);
  for (let times = 0; times < 100; times++) assert.deepEqual(lines.push(Buffer.from('abc')), []);
  assert.deepEqual(lines.last(), ['abc']);
});
