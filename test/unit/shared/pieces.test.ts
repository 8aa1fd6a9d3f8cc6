import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../src/shared/messages.js';
import { handOver, piecesOf } from '../../../src/shared/pieces.js';
import type { Piece } from '../../../src/shared/pieces.js';

test('pieces are what a message can carry, end with a line, and are all of it', () => {
  const lines = Array.from({ length: 12_000 }, (_, number) => `ä line ${number}\n`);
  const pieces = [...piecesOf('file', lines)];
  assert.equal(pieces.map(({ text }) => text).join(''), lines.join(''));
  assert.equal(pieces.length, 3);
  for (const { file, text } of pieces) {
    assert.equal(file, 'file');
    assert.ok(Buffer.byteLength(text) <= LIMITS.text && text.endsWith('\n'));
  }
});

test('of nothing there is one piece', () => {
  assert.deepEqual([...piecesOf('file', [])], [{ file: 'file', text: '' }]);
});

test('the last piece is marked, and what is full is waited for', async () => {
  const sent: (Piece & { last: 0 | 1 })[] = [];
  let waits = 0;
  await handOver([...piecesOf('a', ['1\n']), ...piecesOf('b', []), ...piecesOf('c', [])], {
    send: (piece) => {
      sent.push(piece);
      return sent.length !== 2;
    },
    drained: () => {
      waits++;
      assert.equal(sent.length, 2);
      return Promise.resolve();
    },
  });
  assert.deepEqual(
    sent.map(({ file, last }) => [file, last]),
    [
      ['a', 0],
      ['b', 0],
      ['c', 1],
    ],
  );
  assert.equal(waits, 1);
});
