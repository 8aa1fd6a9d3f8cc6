import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { ROOT } from '../../../src/shared/bytes.js';
import { Channel } from '../../../src/shared/channel.js';
import type { ChannelEvents } from '../../../src/shared/channel.js';
import { encode } from '../../../src/shared/wire.js';
import { socketpair } from '../../../src/shared/native.js';

interface Outcome {
  closed: Promise<void>;
  broken: Promise<Error>;
  events: ChannelEvents;
}

function outcome(): Outcome {
  let closed = (): void => undefined;
  let broken = (_: Error): void => undefined;
  return {
    closed: new Promise((resolve) => (closed = resolve)),
    broken: new Promise((resolve) => (broken = resolve)),
    events: { closed: () => closed(), broken: (error) => broken(error) },
  };
}

test('messages arrive in order, however the bytes are split', async () => {
  const [left, right] = socketpair();
  const { events, closed } = outcome();
  const serials: number[] = [];
  new Channel(right, 'watcher', 'executor', events)
    .on('probe', ({ serial }) => serials.push(serial))
    .start();
  const raw = new Socket({ fd: left });
  const bytes = Buffer.concat(
    Array.from({ length: 50 }, (_, serial) => encode('probe', { serial })),
  );
  for (let at = 0; at < bytes.length; at += 7) raw.write(bytes.subarray(at, at + 7));
  raw.end();
  await closed;
  assert.deepEqual(
    serials,
    Array.from({ length: 50 }, (_, serial) => serial),
  );
});

test('back-pressure is reported, and its end too', async () => {
  const [left, right] = socketpair();
  const sides = [outcome(), outcome()] as const;
  const sender = new Channel(left, 'watcher', 'executor', sides[0].events);
  const changes = Array.from(
    { length: 4096 },
    () => ({ path: ROOT, mask: 2, before: 2, after: 2, flags: 0, since: 0 }) as const,
  );
  let sent = 0;
  while (sender.send('batch', { changes, refused: [], released: [] })) sent++;
  sent++;
  let received = 0;
  new Channel(right, 'executor', 'watcher', sides[1].events).on('batch', () => received++).start();
  const drained = sender.drained();
  assert.equal(sender.drained(), drained, 'who waits often leaves nothing behind for each time');
  await drained;
  await sender.end();
  await sides[1].closed;
  assert.equal(received, sent);
});

test('a peer that sends a message it may not send is cut off', async () => {
  for (const bytes of [
    encode('finish', { how: 0 }),
    Buffer.from([255, 255, 255, 255, 1]),
    Buffer.from([0, 0, 0, 0]),
    encode('batch', { changes: [], refused: [], released: [] }),
  ]) {
    const [left, right] = socketpair();
    const { events, broken } = outcome();
    new Channel(right, 'executor', 'watcher', events).start();
    const raw = new Socket({ fd: left });
    raw.write(bytes);
    assert.equal((await broken).name, 'ProtocolError');
    raw.destroy();
  }
});

test('a peer that sends a message out of its phase, or a second time, is cut off', async () => {
  const counters = { directories: 1, pending: 0, overflows: 0, rescans: 0, events: 0 };
  for (const bytes of [
    [encode('counters', counters)],
    [
      encode('watcherUp', {}),
      encode('watching', { directories: 1, milliseconds: 1, monitor: 0, lazy: 0 }),
    ],
    [encode('watcherUp', {}), encode('watcherUp', {})],
  ]) {
    const [left, right] = socketpair();
    const { events, broken } = outcome();
    const taken = new Promise<string>((resolve) => {
      let ups = 0;
      new Channel(right, 'master', 'watcher', events)
        .on('watcherUp', () => ++ups > 1 && resolve('taken'))
        .on('watching', () => resolve('taken'))
        .on('counters', () => resolve('taken'))
        .start();
    });
    const raw = new Socket({ fd: left });
    raw.write(Buffer.concat(bytes));
    assert.equal(await Promise.race([broken.then(({ name }) => name), taken]), 'ProtocolError');
    raw.destroy();
  }
});

test('a message that the table does not allow in this phase is not sent', () => {
  const [left, right] = socketpair();
  const channel = new Channel(left, 'master', 'watcher', outcome().events);
  assert.throws(() => channel.send('describe', {}), RangeError);
  void channel.end();
  closeSync(right);
});
