/** Decoders of what processes say to each other, and clients to the daemon. */
import assert from 'node:assert/strict';
import { logAnswer, resultAnswer } from '../../../src/shared/plugin-protocol.js';
import { answer } from '../../../src/master/surface/control-commands.js';
import { NO_CLIENT, NO_STEERING } from '../../harness/steering.js';
import type { Session } from '../../../src/master/surface/control-answers.js';
import { display, fromBuffer, fromText, isRelative } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { decodeLine, LineReader } from '../../../src/shared/control.js';
import type { Batch } from '../../../src/shared/entry.js';
import { ClsyncError } from '../../../src/shared/errors.js';
import { FrameReader, ProtocolError } from '../../../src/shared/frames.js';
import { MESSAGES } from '../../../src/shared/messages.js';
import type { MessageName, Payload } from '../../../src/shared/messages.js';
import { decode, encode } from '../../../src/shared/wire.js';
import { refusing } from '../target.js';
import type { Target } from '../target.js';

const FIELDS = {
  u8: 7,
  u32: 0x12345678,
  u53: Number.MAX_SAFE_INTEGER,
  text: 'text \u00fc',
  path: fromText('a/b c'),
  json: { a: [1, null, 'x'] },
  entries: [
    { path: fromText('a/b'), mask: 0x40000100, before: 1, after: 3, flags: 9, since: 2 ** 40 },
    {
      path: fromText('c'),
      mask: 2,
      before: 2,
      after: 2,
      flags: 0,
      since: 5,
      origin: fromText('d'),
    },
  ],
  refusals: [{ path: fromText('e'), contentOnly: true }],
  paths: [fromText('f/g')],
  bytes: Buffer.from([0, 255]),
} as const;
const NAMES = Object.keys(MESSAGES) as MessageName[];

function sampleMessages(): Buffer[] {
  return NAMES.map((name) =>
    encode(
      name,
      Object.fromEntries(
        Object.entries(MESSAGES[name].fields).map(([field, kind]) => [field, FIELDS[kind]]),
      ) as Payload<typeof name>,
    ),
  );
}

function pathsOf({ changes, refused, released }: Batch): BytePath[] {
  const changed = changes.flatMap(({ path, origin = path }) => [path, origin]);
  return [...changed, ...refused.map(({ path }) => path), ...released];
}

/**
 * Checks that an accepted message has only the fields its sender may set, and is encoded to the
 * same bytes.
 */
function checkMessage(frame: Buffer): void {
  for (const [from, to] of [
    ['master', 'watcher'],
    ['watcher', 'master'],
    ['watcher', 'executor'],
    ['executor', 'watcher'],
    ['master', 'executor'],
    ['executor', 'master'],
  ] as const) {
    refusing([ProtocolError], () => {
      const message = decode(frame, from, to);
      assert.deepEqual([MESSAGES[message.name].from, MESSAGES[message.name].to], [from, to]);
      if (message.name === 'batch')
        for (const path of pathsOf(message)) assert.ok(isRelative(path));
      if (message.name === 'batch' || message.name === 'credit' || message.name === 'dump')
        assert.deepEqual(decode(encode(message.name, message).subarray(4), from, to), message);
    });
  }
}

/**
 * The frames read from the input in pieces of `size` bytes; the result must not depend on `size`.
 */
function readFrames(longest: number, input: Buffer, size: number): Buffer[] {
  const frames: Buffer[] = [];
  refusing([ProtocolError], () => {
    const reader = new FrameReader(longest);
    for (let at = 0; at < input.length; at += size)
      for (const frame of reader.read(input.subarray(at, at + size))) frames.push(frame);
  });
  return frames;
}

export const PROTOCOLS: readonly Target[] = [
  {
    name: 'messages between the roles',
    words: [],
    samples: () => sampleMessages().map((message) => message.subarray(4)),
    run: checkMessage,
  },
  {
    name: 'frames of a channel',
    words: [],
    samples: () => [
      Buffer.concat(sampleMessages()),
      Buffer.concat([resultAnswer(0), logAnswer(2, 'text')]),
      Buffer.alloc(12),
    ],
    run(input) {
      const whole = readFrames(1 << 16, input, input.length + 1);
      assert.deepEqual(readFrames(1 << 16, input, 1), whole);
      assert.deepEqual(readFrames(1 << 16, input, 7), whole);
    },
  },
  {
    name: 'control protocol',
    words: [
      '\n',
      '\r\n',
      ' ',
      ':',
      '\x03/',
      '0',
      '200',
      '201',
      '202',
      '211',
      '240',
      '250',
      '99999999999',
    ],
    samples: () => [
      '1 0 0\n2 200\n3 201\n',
      '4 202 /tmp/x\x03/ :text\n5 211 label a b\n',
      '6 211 label\x03/ x y\x03/\n7 240\n8 250\n',
    ],
    async run(input) {
      const reader = new LineReader();
      for (let at = 0; at < input.length; at += 100) {
        for (const line of reader.push(input.subarray(at, at + 100)) ?? []) {
          const { reply } = await answer(line, CONTROLLED, SESSION);
          // The reply is one line that a client understands.
          assert.equal(reply.indexOf(0x0a), reply.length - 1);
          assert.ok(decodeLine(fromBuffer(reply.subarray(0, -1))) !== undefined);
        }
      }
    },
  },
];

/** The daemon as a control client sees it; nothing here has an effect. */
const SESSION: Session = {
  rights: { tier: 'configure', paths: true, leaves: 0 },
  ...NO_CLIENT,
};
const CONTROLLED = {
  state: {
    instance: { block: fromText('b'), label: fromText('l\x03/\n'), flags: 1n, given: 0n },
    executors: new Map(),
  },
  approve: () => true,
  dumpTo: (directory: BytePath) =>
    directory.includes('x')
      ? Promise.reject(new ClsyncError('DUMP_EXISTS', display(directory)))
      : Promise.resolve(),
  describeTo: () => Promise.resolve(),
  set(option: BytePath): void {
    if (option !== 'label') throw new ClsyncError('FIXED_OPTION', display(option));
  },
  setRules: () => undefined,
  resync: () => undefined,
  steering: NO_STEERING,
  endNow: () => undefined,
  inForce: () => Promise.resolve(),
};
