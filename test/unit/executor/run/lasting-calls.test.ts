/** Calls of programs that last are told of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LastingCalls } from '../../../../src/executor/run/lasting-calls.js';
import { fromText } from '../../../../src/shared/bytes.js';

const MINUTE = 60_000;

/** A clock that a test moves on, with timers. */
class Clock {
  now = 0;
  private readonly planned = new Map<symbol, [at: number, action: () => void]>();

  after(milliseconds: number, action: () => void): () => void {
    const key = Symbol('timer');
    this.planned.set(key, [this.now + milliseconds, action]);
    return () => void this.planned.delete(key);
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = [...this.planned]
        .filter(([, [at]]) => at <= end)
        .sort((a, b) => a[1][0] - b[1][0])[0];
      if (next === undefined) break;
      const [key, [at, action]] = next;
      this.planned.delete(key);
      this.now = at;
      action();
    }
    this.now = end;
  }

  get timers(): number {
    return this.planned.size;
  }
}

function make() {
  const clock = new Clock();
  const told: [minutes: number, program: string][] = [];
  const calls = new LastingCalls(
    (milliseconds, program) => told.push([milliseconds / MINUTE, program]),
    () => clock.now,
    (milliseconds, action) => clock.after(milliseconds, action),
  );
  return { clock, told, begin: (name: string) => calls.begin(fromText(name)) };
}

test('a call is told after a minute, and whenever it has lasted twice as long', () => {
  const { clock, told, begin } = make();
  const end = begin('rsync');
  clock.pass(MINUTE - 1);
  assert.deepEqual(told, []);
  clock.pass(1);
  assert.deepEqual(told, [[1, 'rsync']]);
  clock.pass(9 * MINUTE);
  assert.deepEqual(told.splice(0), [
    [1, 'rsync'],
    [2, 'rsync'],
    [4, 'rsync'],
    [8, 'rsync'],
  ]);
  end();
  assert.deepEqual(told, [[0, '']]);
  assert.equal(clock.timers, 0);
});

test('a call that ends within a minute is not told, and leaves nothing', () => {
  const { clock, told, begin } = make();
  const end = begin('rsync');
  clock.pass(MINUTE - 1);
  end();
  assert.equal(clock.timers, 0);
  clock.pass(10 * MINUTE);
  assert.deepEqual(told, []);
});

test('of several calls the oldest that is left is told', () => {
  const { clock, told, begin } = make();
  const [first, second] = [begin('first'), begin('second')];
  clock.pass(MINUTE);
  told.splice(0);
  first();
  assert.deepEqual(told.splice(0), [[1, 'second']]);
  begin('third')();
  second();
  assert.deepEqual(told, [[0, '']]);
});
