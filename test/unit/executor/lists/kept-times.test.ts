import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { coarsest } from '../../../../src/executor/modes/rsync/remote-times.js';
import { keptTimes, windowOf } from '../../../../src/executor/lists/kept-times.js';

test('what comes back of a time tells how times are to be compared', () => {
  const kept = { ext4: 123_456_789n, 'NTFS, of 100 ns': 123_456_700n, ext3: 0n } as const;
  assert.deepEqual(
    Object.values(kept).map((nanoseconds) => windowOf(1_000_000_001_000_000_000n + nanoseconds)),
    [-1, 0, 0],
  );
  assert.deepEqual(
    [1_000_000_000n, 1_000_000_002n].map((seconds) => windowOf(seconds * 1_000_000_000n)),
    [1, 1],
    'FAT, whichever way it rounds',
  );
});

test('what another host keeps is told by how many files differ by their time alone', () => {
  assert.deepEqual(
    [
      { [-1]: 9, 0: 0, 1: 0 },
      { [-1]: 9, 0: 4, 1: 0 },
      { [-1]: 9, 0: 1, 1: 1 },
      { [-1]: 9, 0: 8, 1: 8 },
    ].map(coarsest),
    [0, 1, 0, -1],
  );
});

test('a destination is asked without leaving anything in it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'executor-test-'));
  const before = statSync(directory, { bigint: true }).mtimeNs;
  const kept = keptTimes(fromText(directory));
  assert.equal(typeof kept?.window, 'number');
  assert.deepEqual(readdirSync(directory), []);
  assert.equal(statSync(directory, { bigint: true }).mtimeNs, before);
  rmSync(directory, { recursive: true });
  assert.equal(keptTimes(fromText(directory)), undefined);
});
