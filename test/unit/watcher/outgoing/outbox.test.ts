import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { creditOf } from '../../../../src/shared/entry.js';
import type { Batch } from '../../../../src/shared/entry.js';
import { LIMITS } from '../../../../src/shared/messages.js';
import type { MessageName, Payload } from '../../../../src/shared/messages.js';
import { encode } from '../../../../src/shared/wire.js';
import { DirtySet } from '../../../../src/watcher/outgoing/dirty-set.js';
import { EventSequence } from '../../../../src/watcher/outgoing/event-sequence.js';
import { Outbox } from '../../../../src/watcher/outgoing/outbox.js';
import { Outgoing } from '../../../../src/watcher/outgoing/outgoing.js';
import { change, pathsOf } from './support.js';

/** An executor that takes whatever is sent; `full` while its socket has no room. */
class Executor {
  readonly batches: Batch[] = [];
  readonly told: MessageName[] = [];
  full = false;
  private readonly waiting: (() => void)[] = [];

  send<N extends MessageName>(name: N, payload: Payload<N>): boolean {
    encode(name, payload);
    this.told.push(name);
    if (name === 'batch') this.batches.push(payload as Batch);
    return !this.full;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async drain(): Promise<void> {
    this.full = false;
    for (const resolve of this.waiting.splice(0)) resolve();
    await Promise.resolve();
  }

  get paths(): string[] {
    return this.batches.flatMap(({ changes }) => pathsOf(changes));
  }
}

function outboxOf(pending = new DirtySet()): {
  pending: DirtySet;
  executor: Executor;
  outbox: Outbox;
} {
  const executor = new Executor();
  return { pending, executor, outbox: new Outbox(pending.consumer(), executor) };
}

test('no more is sent than was granted, whatever it is', () => {
  const { pending, executor, outbox } = outboxOf();
  for (const name of ['a', 'b', 'c']) pending.add(change(name));
  pending.refuse({ path: fromText('no'), contentOnly: false });
  outbox.flush();
  assert.equal(executor.batches.length, 0);
  outbox.grant(2);
  assert.deepEqual([executor.batches[0]?.refused.length, executor.paths], [1, ['a']]);
  outbox.grant(1);
  assert.deepEqual(executor.paths, ['a', 'b']);
  assert.equal(outbox.size, 1);
});

test('long paths take more of the credit, and wait until there is enough', () => {
  const { pending, executor, outbox } = outboxOf();
  const long = 'x/'.repeat(1500) + 'y';
  for (const name of ['a', long, 'b']) pending.add(change(name));
  outbox.grant(3);
  assert.deepEqual(executor.paths, ['a']);
  outbox.grant(1);
  assert.deepEqual(executor.paths, ['a', long]);
  outbox.grant(1);
  assert.deepEqual(executor.paths, ['a', long, 'b']);
  assert.equal(
    executor.batches.reduce((sum, batch) => sum + creditOf(batch), 0),
    5,
  );
});

test('whatever waits is sent in frames that the message table allows', () => {
  const { pending, executor, outbox } = outboxOf();
  const long = 'n/'.repeat(2000);
  for (let i = 0; i < 10_000; i++) pending.add(change(`${i}`));
  for (let i = 0; i < 500; i++) {
    pending.add(change(`${long}${i}`, { origin: fromText(`${long}o${i}`) }));
    pending.refuse({ path: fromText(`${long}r${i}`), contentOnly: false });
  }
  outbox.grant(100_000);
  assert.equal(executor.paths.length, 10_500);
  assert.ok(executor.batches.every(({ changes }) => changes.length <= LIMITS.list));
});

test('nothing more is sent while the socket is full', async () => {
  const { pending, executor, outbox } = outboxOf();
  outbox.grant(100);
  executor.full = true;
  pending.add(change('a'));
  outbox.flush();
  pending.add(change('b'));
  outbox.flush();
  assert.deepEqual(executor.paths, ['a']);
  await executor.drain();
  assert.deepEqual(executor.paths, ['a', 'b']);
});

test(
  'a promise is kept once all that was pending has been sent, and does not wait for what ' +
    'came later',
  () => {
    const { pending, outbox } = outboxOf();
    let kept = 0;
    outbox.afterPending(() => kept++);
    assert.equal(kept, 1, 'nothing was pending');
    pending.add(change('a'));
    pending.add(change('b'));
    outbox.afterPending(() => kept++);
    pending.add(change('c'));
    outbox.grant(1);
    assert.equal(kept, 1);
    outbox.grant(1);
    assert.equal(kept, 2);
    outbox.grant(1);
    pending.add(change('d'));
    outbox.afterPending(() => kept++);
    pending.refuse({ path: fromText('d'), contentOnly: false });
    assert.equal(kept, 2);
    outbox.grant(1);
    assert.equal(kept, 3, 'it is refused, and that has been told');
  },
);

test('the executor hears that the walk is over after what was found', () => {
  const { pending, executor, outbox } = outboxOf();
  pending.add(change('a'));
  outbox.walked();
  outbox.grant(10);
  assert.deepEqual(executor.told, ['batch', 'walked']);
});

test('each executor has a pace of its own', () => {
  const pending = new DirtySet();
  const [one, other] = [outboxOf(pending), outboxOf(pending)];
  const outgoing = new Outgoing(pending, new Set([one.outbox, other.outbox]));
  let kept = 0;
  for (const name of ['a', 'b', 'c']) pending.add(change(name));
  outgoing.afterPending(() => kept++);
  one.outbox.grant(100);
  assert.deepEqual([one.executor.paths, other.executor.paths], [['a', 'b', 'c'], []]);
  assert.equal(outgoing.leastWaiting, 0, 'walks go on');
  assert.equal(kept, 0);
  other.outbox.grant(2);
  pending.add(change('a'));
  outgoing.flush();
  assert.deepEqual(one.executor.paths.slice(3), ['a']);
  other.outbox.grant(100);
  assert.deepEqual(other.executor.paths, ['a', 'b', 'c', 'a']);
  assert.equal(kept, 1);
});

test('in a sequence the same path twice is two entries, to each consumer', () => {
  const sequence = new EventSequence();
  const executors = [new Executor(), new Executor()];
  const outboxes = executors.map((executor) => new Outbox(sequence.consumer(), executor));
  for (const name of ['a', 'b', 'a']) sequence.add(change(name));
  outboxes[0]?.grant(2);
  outboxes[1]?.grant(10);
  outboxes[0]?.grant(10);
  for (const { paths } of executors) assert.deepEqual(paths, ['a', 'b', 'a']);
  assert.equal(sequence.size, 0);
});
