import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { Sequence } from '../../../../src/executor/schedule/sequence.js';
import { entry } from '../../../harness/entries.js';

const FREE = (): boolean => false;
const WAIT = { due: 1000, dueIfChanged: 500, failing: true } as const;

function directory(path: string, mask: number): Entry {
  const type = mask & IN.DELETE ? 'before' : 'after';
  return { ...entry(path, (mask | IN.ISDIR) >>> 0), [type]: ObjectType.directory };
}

function take(sequence: Sequence, now: number): [path: string, mask: number][] {
  const taken = sequence.take(now, FREE);
  sequence.settled(taken);
  return taken.map(({ path, mask }) => [path, mask]);
}

/** A sequence that holds an event of this path. */
function holding(path: string): Sequence {
  const sequence = new Sequence();
  sequence.add(entry(path, IN.MODIFY));
  sequence.hold(sequence.take(0, FREE), WAIT);
  return sequence;
}

test('an event that failed alone holds back its own path, and no other', () => {
  const sequence = holding('d/a');
  sequence.add(entry('d/b', IN.MODIFY));
  sequence.add(entry('e', IN.MODIFY));
  sequence.add(directory('d', IN.ATTRIB));
  sequence.add(directory('', IN.ATTRIB));
  sequence.add(entry('d/a', IN.ATTRIB));
  assert.deepEqual(
    take(sequence, 0).map(([path]) => path),
    ['d/b', 'e', 'd', ''],
  );
  assert.deepEqual([sequence.size, sequence.failing, sequence.nextDue()], [1, 1, 500]);
  assert.deepEqual(take(sequence, 499), []);
  // What came meanwhile is handed over with it.
  assert.deepEqual(take(sequence, 500), [['d/a', IN.MODIFY | IN.ATTRIB]]);
  assert.deepEqual([sequence.size, sequence.nextDue()], [0, undefined]);
});

test('what comes after it in the tree waits, in order, until it is synced', () => {
  const sequence = holding('d/a');
  const later = [
    directory('d', IN.DELETE),
    directory('d', IN.CREATE),
    entry('d/a', IN.CREATE),
    entry('d/b', IN.CREATE),
    { ...entry('moved', IN.MOVED_TO), origin: 'd/b' as BytePath },
  ];
  for (const one of later) sequence.add(one);
  sequence.add(entry('other', IN.CREATE));
  assert.deepEqual(take(sequence, 0), [['other', IN.CREATE]]);
  assert.equal(sequence.size, 6);
  const again = sequence.take(1000, FREE);
  sequence.add(entry('d/b', IN.MODIFY));
  assert.deepEqual([again.length, take(sequence, 1000)], [1, []]);
  sequence.hold(again, { ...WAIT, due: 3000 });
  assert.deepEqual(take(sequence, 2000), []);
  assert.deepEqual(take(sequence, 3000), [['d/a', IN.MODIFY]]);
  assert.deepEqual(
    take(sequence, 3000).map(([path]) => path),
    ['d', 'd', 'd/a', 'd/b', 'moved', 'd/b'],
  );
  assert.equal(sequence.size, 0);
});

test('held events and others have their turns; a failure of the handler keeps both', () => {
  const sequence = holding('a');
  for (const path of ['b', 'c']) sequence.add(entry(path, IN.MODIFY));
  const held = sequence.take(1000, FREE);
  assert.deepEqual(
    held.map(({ path }) => path),
    ['a'],
  );
  const others = sequence.take(1000, FREE);
  sequence.kept(held);
  sequence.kept(others);
  assert.deepEqual([sequence.size, sequence.held.size], [3, 1]);
  assert.deepEqual(
    [take(sequence, 0), take(sequence, 0)].map((taken) => taken.map(([path]) => path)),
    [['a'], ['b', 'c']],
  );
});
