import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryFlag } from '../../../../src/shared/entry.js';
import { RunningSyncs } from '../../../../src/executor/schedule/running.js';
import { entry } from '../../../harness/entries.js';

test(
  'nothing is beside another until what got in the way is tried again, by itself ' +
    'or in a directory',
  () => {
    for (const again of [entry('d/a', 2), entry('d', 0x100, EntryFlag.recursive)]) {
      const running = new RunningSyncs(() => ({ mode: 'rsyncdirect', threading: 'full' }), {
        carriesDirectories: true,
      });
      running.begin([entry('x', 2)]);
      running.contend([entry('d/a', 2)]);
      assert.equal(running.isBusy(false), true);
      running.tried([entry('x', 2), entry('d', 4)]);
      assert.equal(running.isBusy(false), true);
      running.tried([again]);
      assert.equal(running.isBusy(false), false);
    }
  },
);

test('where every event is handed over by itself, none is handed over twice', () => {
  for (const [mode, expected] of [
    ['shell', ['a']],
    ['simple', []],
  ] as const) {
    const running = new RunningSyncs(() => ({ mode, threading: 'full' }), {});
    const first = running.begin([entry('a', 2)]);
    running.begin([entry('a', 2)]);
    assert.deepEqual(
      running.again(first).map(({ path }) => path),
      expected,
    );
  }
});
