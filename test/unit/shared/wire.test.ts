import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer, ROOT } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { JUST_NOW } from '../../../src/shared/entry.js';
import type { Batch, Entry } from '../../../src/shared/entry.js';
import { LIMITS, MESSAGES } from '../../../src/shared/messages.js';
import type { FieldKind, MessageName, Payload } from '../../../src/shared/messages.js';
import { ProtocolError } from '../../../src/shared/frames.js';
import { decode, encode } from '../../../src/shared/wire.js';

const oddName = fromBuffer(Buffer.from([0x2d, 0x0a, 0xff, 0x2f, 0x2a, 0x25, 0xc3]));

const samples: Record<FieldKind, unknown> = {
  u8: 255,
  u32: 0xffffffff,
  u53: Number.MAX_SAFE_INTEGER,
  text: 'Grüße\n',
  path: oddName,
  json: { a: [1, 'ÿ', null] },
  entries: [
    { path: ROOT, mask: 0x40000100, before: 1, after: 3, flags: 9, since: 0 },
    { path: oddName, mask: 0xffffffff, before: 0, after: 2, flags: 255, since: JUST_NOW },
    { path: oddName, mask: 1, before: 0, after: 2, flags: 0, since: 1, origin: oddName },
  ],
  refusals: [
    { path: ROOT, contentOnly: true },
    { path: oddName, contentOnly: false },
  ],
  bytes: Buffer.from([0, 1, 255]),
  paths: [ROOT, oddName],
};

function sample<N extends MessageName>(name: N): Payload<N> {
  return Object.fromEntries(
    Object.entries(MESSAGES[name].fields).map(([field, kind]) => [field, samples[kind]]),
  ) as Payload<N>;
}

const names = Object.keys(MESSAGES) as MessageName[];

test('message ids are unique', () => {
  assert.equal(new Set(names.map((name) => MESSAGES[name].id)).size, names.length);
});

test('every message survives the wire', () => {
  for (const name of names) {
    const row = MESSAGES[name];
    assert.deepEqual(decode(encode(name, sample(name)).subarray(4), row.from, row.to), {
      name,
      ...sample(name),
    });
  }
});

test('a message from the wrong side, cut short or with bytes left over is refused', () => {
  for (const name of names) {
    const row = MESSAGES[name];
    const frame = encode(name, sample(name)).subarray(4);
    assert.throws(() => decode(frame, row.to, row.from), ProtocolError, `${name} backwards`);
    assert.throws(
      () => decode(Buffer.concat([frame, Buffer.from([0])]), row.from, row.to),
      ProtocolError,
      `${name} with one byte more`,
    );
    for (let length = 0; length < frame.length; length++) {
      assert.throws(
        () => decode(frame.subarray(0, length), row.from, row.to),
        ProtocolError,
        `${name} cut to ${length}`,
      );
    }
  }
});

test('a path that could leave the watch directory is refused', () => {
  for (const path of [
    '/etc/passwd',
    '..',
    'a/../b',
    './a',
    'a//b',
    'a/',
    'nul\0',
    'n'.repeat(256),
    'a/'.repeat(2100) + 'a',
  ]) {
    const frame = encode('rescan', { path: path as BytePath }).subarray(4);
    assert.throws(() => decode(frame, 'master', 'watcher'), ProtocolError, path);
  }
});

test('counts and lengths are bounded before anything is allocated', () => {
  const frame = Buffer.alloc(5);
  frame.writeUInt8(MESSAGES.batch.id, 0);
  frame.writeUInt32LE(0xffffffff, 1);
  assert.throws(() => decode(frame, 'watcher', 'executor'), ProtocolError);
  const entry: Entry = { path: ROOT, mask: 2, before: 2, after: 2, flags: 0, since: 0 };
  const many = <T>(item: T): T[] => Array.from({ length: LIMITS.list + 1 }, () => item);
  const empty: Batch = { changes: [], refused: [], released: [] };
  for (const part of [
    { changes: many(entry) },
    { refused: many({ path: ROOT, contentOnly: false }) },
    { released: many(ROOT) },
  ])
    assert.throws(() => encode('batch', { ...empty, ...part }), RangeError);
});

test('random bytes never do more than be refused', () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 0x7fffffff);
  const base = names.map((name) => encode(name, sample(name)).subarray(4));
  for (let round = 0; round < 20_000; round++) {
    const frame = Buffer.from(base[random() % base.length] as Buffer);
    for (let flips = random() % 4; flips >= 0; flips--)
      frame[random() % frame.length] = random() & 255;
    const row = MESSAGES[names[random() % names.length] as MessageName];
    try {
      decode(frame, row.from, row.to);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  }
});

test('each message has a number of its own', () => {
  const numbers = Object.values(MESSAGES).map(({ id }) => id);
  assert.deepEqual(
    numbers.filter((id, index) => numbers.indexOf(id) !== index),
    [],
  );
});
