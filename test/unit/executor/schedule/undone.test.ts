import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import { WHOLE_TREE, entry } from '../../../harness/entries.js';
import { until } from '../../../harness/until.js';
import { call, make } from './scheduler-harness.js';

/** Ends calls from this one on, until no more are made and nothing waits. */
async function endAll({ calls, backlog }: ReturnType<typeof make>, from: number): Promise<void> {
  for (let index = from; index < calls.length || backlog.size > 0; index++) {
    assert.ok(index < 10, 'it does not come to rest');
    await call(calls, index);
  }
}

const { linked: LINKED, recursive: RECURSIVE } = EntryFlag;

test('what an earlier sync may undo of a later one is synced again at its end, once', async () => {
  const gone = { before: ObjectType.directory, after: ObjectType.absent };
  for (const [what, earlier, listed, later, expected] of [
    ['the same path', [entry('d/a', 2)], [], [entry('d/a', 2)], ['', 'd', 'd/a']],
    ['a directory above', [entry('d/a', 2)], [], [{ ...entry('d', 0x200), ...gone }], ['', 'd']],
    [
      'beneath what is taken whole',
      [entry('d', 0x100, RECURSIVE)],
      [],
      [entry('d/a/b', 0x200)],
      ['', 'd/a/b'],
    ],
    ['listed beside', [entry('d/a', 0x200)], ['d'], [entry('d/b', 0x200)], ['', 'd', 'd/b']],
    ['not listed', [entry('d/a', 0x200)], [], [entry('d/b', 0x200)], ['', 'd']],
    ['everything', [entry('d/a', 2)], ['d'], [WHOLE_TREE], ['', 'd', 'd/a']],
    ['another name', [entry('d/a', 2, LINKED)], [], [entry('b', 4, LINKED)], ['', 'b', 'd']],
    ['perhaps another name', [entry('d', 2, RECURSIVE)], [], [entry('b', 4, LINKED)], ['', 'b']],
    ['one name', [entry('d/a', 2, LINKED)], [], [entry('b', 4)], ['', 'd']],
    ['not one of several', [entry('d/a', 2)], [], [entry('b', 4, LINKED)], ['', 'd']],
    [
      'another name that it got meanwhile',
      [entry('d/a', 2)],
      [],
      [entry('b', 4, LINKED), entry('d/a', 4, LINKED)],
      ['', 'b', 'd', 'd/a'],
    ],
  ] as const) {
    const made = make({ threading: 'full' }, { carriesDirectories: true });
    const { scheduler, calls, add, backlog } = made;
    scheduler.walked();
    add(...earlier);
    calls[0]?.situation.lists?.(listed.map(fromText));
    add(...later);
    assert.equal(calls.length, 2, what);
    await endAll(made, 1);
    const before = calls.length;
    await call(calls, 0);
    await endAll(made, before);
    const again = calls.slice(before).map(({ paths }) => paths.sort());
    assert.deepEqual([again, backlog.inHand.size], [[expected], 0], what);
  }
});

test('what is only synced again, side by side, makes nothing be synced again', async () => {
  const { scheduler, calls, add, backlog } = make(
    { threading: 'full' },
    { carriesDirectories: true },
  );
  scheduler.walked();
  add(entry('d/a', 2));
  add(entry('d/b', 2));
  await call(calls, 1);
  await until('another sync', () => calls.length === 3);
  await call(calls, 0);
  await until('another sync', () => calls.length === 4);
  assert.deepEqual(
    calls.slice(2).map(({ paths }) => paths),
    [
      ['d', ''],
      ['d', ''],
    ],
  );
  await call(calls, 2);
  await call(calls, 3);
  assert.deepEqual([calls.length, backlog.size, backlog.inHand.size], [4, 0, 0]);
});
