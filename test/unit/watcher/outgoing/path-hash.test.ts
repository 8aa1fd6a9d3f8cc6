import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { pathHash } from '../../../../src/watcher/outgoing/path-hash.js';

const path = (...bytes: readonly number[]): BytePath => String.fromCharCode(...bytes) as BytePath;

test('it is HalfSipHash', () => {
  const key = [0x03020100, 0x07060504] as const;
  // vectors.h of the reference, which has them for two and four rounds.
  for (const [length, words] of [
    [0, [0x591f8d21, 0xc83cb8b9]],
    [1, [0x122455be, 0x157338f8]],
    [2, [0xef394f06, 0x57eb507c]],
    [4, [0x178ae7d5, 0xa12ee55b]],
    [5, [0x3f7c9dcb, 0x80b53d2f]],
  ] as const)
    assert.deepEqual(pathHash(path(...Array(length).keys()), key, [2, 4]), words);
});

test('paths of any length differ, and differ otherwise under another key', () => {
  const keys = [
    [1, 2],
    [3, 2],
    [1, 4],
  ] as const;
  const paths = Array.from({ length: 40 }, (_, length) => path(...Array(length).fill(0xff)));
  const hashes = keys.flatMap((key) => paths.map((one) => pathHash(one, key).join()));
  assert.equal(new Set(hashes).size, hashes.length);
});
