/** Keys are read in turns of the event loop, also after a call that failed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mode } from '../../../../src/executor/modes/mode.js';
import { AT_ONCE } from '../../../../src/executor/lists/in-turns.js';
import { keysInTurns } from '../../../../src/executor/schedule/keys.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { sync } from '../../../../src/executor/schedule/sync.js';
import { Troubles } from '../../../../src/executor/schedule/troubles.js';
import { entry } from '../../../harness/entries.js';
import { Scratch } from '../../../harness/scratch.js';
import { partial } from './scheduler-harness.js';

const scratch = new Scratch();
const settings = scratch.settings();
scratch.remove();

const COUNT = 3 * AT_ONCE + 1;
const ENTRIES = Array.from({ length: COUNT }, (_, index) => entry(`f${index}`, 2));

/** Counts looks, and the most of them in one turn of the event loop. */
class Looks {
  all = 0;
  most = 0;
  private before = 0;
  private next = setImmediate(() => this.turn());

  keyOf = (): string | undefined => (this.all++ % 2 === 0 ? 'inode' : undefined);

  end(): void {
    clearImmediate(this.next);
    this.count();
  }

  private count(): void {
    this.most = Math.max(this.most, this.all - this.before);
    this.before = this.all;
  }

  private turn(): void {
    this.count();
    this.next = setImmediate(() => this.turn());
  }
}

test('the keys of very many entries are read in turns', async () => {
  const looks = new Looks();
  const keys = await keysInTurns(ENTRIES, looks.keyOf);
  looks.end();
  assert.equal(keys.size, (COUNT + 1) / 2);
  assert.ok(looks.most <= AT_ONCE + 1, `${looks.most} looks in a turn`);
  assert.equal((await keysInTurns(ENTRIES, undefined)).size, 0);
});

test('a failed call of very many is divided in turns, and so is what fails held', async () => {
  const looks = new Looks();
  let calls = 0;
  const mode: Mode = {
    plan: (entries) => [{ entries, run: () => nextTurn(partial).finally(() => calls++) }],
    commands: () => [],
    keyOf: looks.keyOf,
  };
  const situation = { status: 'running', iteration: 0, initial: false } as const;
  const judge = (): Promise<'retry'> => Promise.resolve('retry');
  const { troubles } = await sync(mode, ENTRIES, situation, { judge });
  assert.ok(calls > 1, 'it was divided');
  const backlog = new Queues({ normal: 0, big: 0, sync: 0 });
  const held = new Troubles(() => settings, backlog, mode, {
    report: () => undefined,
    failed: () => undefined,
  });
  await nextTurn();
  const trouble = { entries: ENTRIES, failure: partial, verdict: 'retry', apart: true } as const;
  await held.failed(trouble, 0, { initial: false, ends: false });
  looks.end();
  assert.ok(looks.most <= 2 * AT_ONCE, `${looks.most} looks in a turn`);
  assert.equal(new Set(troubles.flatMap(({ entries }) => entries)).size, COUNT);
  assert.deepEqual([backlog.held.size, backlog.failing], [COUNT, COUNT]);
});
