/**
 * Rows and answers of the C part of mode mirror; test/component/mirror.test.ts meets the real one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../../src/shared/bytes.js';
import {
  RowFlag,
  decodeAnswer,
  encodeRows,
} from '../../../../../src/executor/modes/mirror/wire.js';

test('a row: header, path, origin, padding', () => {
  const rows = encodeRows([
    { verb: 'move', path: fromText('b'), origin: fromText('a/ä'), flags: RowFlag.exchange },
    { verb: 'tree', path: fromText('') },
  ]);
  assert.equal(
    rows.toString('hex'),
    '18000000' +
      '03020000' +
      '01000000' +
      '04000000' +
      '62612fc3a4000000' +
      '10000000' +
      '02000000' +
      '00000000' +
      '00000000',
  );
});

/** A finding of 24 bytes and what follows them. */
function finding(kind: number, call: number, errno: number, what: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(24 + ((rest.length + 7) & ~7), 0);
  head.writeUInt32LE(5, 4);
  head.writeUInt8(kind, 8);
  head.writeUInt8(call, 9);
  head.writeUInt16LE(errno, 10);
  head.writeUInt32LE(what, 12);
  head.writeUInt32LE(kind === 6 ? rest.length - 80 : rest.length, 16);
  return Buffer.concat([head, rest, Buffer.alloc(-rest.length & 7)]);
}

test('an answer: numbers, and what befell single paths', () => {
  const summary = Buffer.alloc(64);
  for (let field = 0; field < 8; field += 1) summary.writeBigUInt64LE(BigInt(field + 1), field * 8);
  const sides = Buffer.alloc(80);
  sides.writeUInt32LE(0o100644, 40);
  sides.writeBigUInt64LE(7n, 56);
  sides.writeBigInt64LE(-1n, 64);
  sides.writeUInt32LE(5, 72);
  const answer = decodeAnswer(
    Buffer.concat([
      summary,
      finding(1, 5, 28, 2, Buffer.from('full')),
      finding(2, 0, 0, 0, Buffer.from('again')),
      finding(6, 0, 0, 512 | 8, Buffer.concat([sides, Buffer.from('more')])),
    ]),
  );
  assert.deepEqual(Object.values(answer.summary), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(answer.findings, [
    { row: 5, path: 'full', kind: 'failed', call: 'write', errno: 28, where: 'destination' },
    { row: 5, path: 'again', kind: 'changed' },
    {
      row: 5,
      path: 'more',
      kind: 'differs',
      what: ['time', 'extra'],
      source: undefined,
      destination: { mode: 0o100644, uid: 0, gid: 0, links: 0, size: 7, modified: -999_999_995n },
    },
  ]);
});

test('an answer that is cut off is refused', () => {
  const whole = Buffer.concat([Buffer.alloc(64), finding(2, 0, 0, 0, Buffer.from('x'))]);
  for (let length = 65; length < whole.length; length += 1)
    assert.throws(() => decodeAnswer(whole.subarray(0, length)), RangeError);
});
