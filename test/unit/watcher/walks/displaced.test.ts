/** Displaced directories: when they are looked at again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Displaced } from '../../../../src/watcher/walks/displaced.js';

type Where = 'away' | 'there' | 'gone';

class Tried {
  where: Where = 'away';
  readonly looked: number[] = [];
  readonly back: number[] = [];
  readonly pauses: number[] = [];
  due = 0;
  private readonly timers: (() => void)[] = [];
  readonly displaced = new Displaced({
    timers: {
      after: (milliseconds, action) => {
        this.pauses.push(milliseconds);
        this.timers.push(action);
      },
    },
    now: () => 0,
    monitor: () => ({ revisit: (node) => (this.looked.push(node), this.where) }),
    due: () => this.due++,
    back: (node) => this.back.push(node),
  });

  pass(): void {
    for (const timer of this.timers.splice(0)) timer();
  }
}

test('a directory that no event may follow is looked at all the same, then with longer pauses', () => {
  const tried = new Tried();
  tried.displaced.add(7);
  assert.equal(tried.due, 1);
  for (let times = 0; times < 3; times++) {
    tried.displaced.revisit();
    tried.pass();
  }
  assert.deepEqual([tried.pauses, tried.due], [[20, 40, 80], 4]);
  tried.where = 'there';
  tried.displaced.revisit();
  assert.deepEqual([tried.back, tried.displaced.size], [[7], 0]);
});

test('one whose walk fails again and again is not walked without a pause', () => {
  const tried = new Tried();
  tried.where = 'there';
  for (let times = 0; times < 5; times++) {
    tried.displaced.add(7);
    tried.displaced.revisit();
  }
  assert.deepEqual([tried.back, tried.pauses], [[7], [20]]);
  tried.pass();
  tried.displaced.revisit();
  assert.deepEqual(tried.back, [7, 7]);
  tried.displaced.add(7);
  tried.displaced.revisit();
  assert.deepEqual(
    [tried.back, tried.pauses],
    [
      [7, 7],
      [20, 40],
    ],
  );
});

test('others do not wait for it, and a forgotten one is not looked at', () => {
  const tried = new Tried();
  tried.where = 'there';
  tried.displaced.add(7);
  tried.displaced.revisit();
  tried.displaced.add(7);
  tried.displaced.add(8);
  tried.displaced.revisit();
  assert.deepEqual(tried.back, [7, 8]);
  tried.displaced.forget(7);
  tried.displaced.add(7);
  tried.displaced.revisit();
  assert.deepEqual(tried.back, [7, 8, 7], 'another directory has the number');
});
