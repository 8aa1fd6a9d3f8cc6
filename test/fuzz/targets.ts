/**
 * Every decoder written in TypeScript, with its first inputs. An error thrown by a run is a fault;
 * the errors that a decoder may throw are caught in the run.
 */
import assert from 'node:assert/strict';
import { logAnswer, resultAnswer } from '../../src/shared/plugin-protocol.js';
import { RsyncDeletions } from '../../src/executor/modes/rsync/deletions.js';
import { RsyncOutput } from '../../src/executor/modes/rsync/output.js';
import { checkPattern } from '../../src/master/native.js';
import type { Assignment } from '../../src/master/settings/assignment.js';
import { parseCommandLine } from '../../src/master/settings/command-line.js';
import { parseConfig, selectBlock } from '../../src/master/settings/config-file.js';
import { resolve } from '../../src/master/settings/resolve.js';
import { parseRules } from '../../src/master/settings/rules-file.js';
import { parseCustomSignals } from '../../src/master/signals.js';
import { answer } from '../../src/master/surface/control-commands.js';
import { display, fromBuffer, fromText, isRelative } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { decodeLine, LineReader } from '../../src/shared/control.js';
import type { Batch } from '../../src/shared/entry.js';
import { ClsyncError } from '../../src/shared/errors.js';
import { FrameReader, ProtocolError } from '../../src/shared/frames.js';
import { MESSAGES } from '../../src/shared/messages.js';
import type { MessageName, Payload } from '../../src/shared/messages.js';
import { OPTION_NAMES } from '../../src/master/options/table.js';
import { decodeFailure } from '../../src/shared/specification-wire.js';
import { decode, encode } from '../../src/shared/wire.js';
import { HOSTILE_NAMES } from '../confinement/hostile-names.js';

export interface Target {
  readonly name: string;
  /** The words of the format, one character for each byte. */
  readonly words: readonly string[];
  samples(): readonly (Buffer | string)[];
  run(input: Buffer): void | Promise<void>;
}

/** Runs a decoder that may throw these errors and no others. */
function refusing(
  errors: readonly (abstract new (...parameters: never[]) => Error)[],
  work: () => void,
): void {
  try {
    work();
  } catch (error) {
    if (!errors.some((kind) => error instanceof kind)) throw error;
  }
}

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

const OPTION_WORDS = OPTION_NAMES.flatMap((name) => [`--${name}`, `%${name}%`]);

export const TARGETS: readonly Target[] = [
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
    name: 'configuration file',
    words: [
      '[',
      ']',
      '=',
      '\n',
      '\r\n',
      '#',
      '"',
      "'",
      '\\',
      '--',
      '%',
      'config-block-inherits',
      '[b]\n',
      '%PID%',
      ...OPTION_WORDS,
    ],
    samples: () => [
      '[b]\nlabel = x%mode%\nmode=so\n-- = a "b c" \\d\n',
      '[a]\npid-file=%label%/%PID%\n[b]\nconfig-block-inherits = a\nretries=0x10\n' +
        'debug\t=\t2\n# x\n',
    ],
    run(input) {
      refusing([ClsyncError], () =>
        resolve(selectBlock(parseConfig(fromText('file'), input), 'b').layers, 1),
      );
    },
  },
  {
    name: 'rules file',
    words: [
      '+f',
      '-d',
      '+w',
      '-m',
      '+s',
      '-W',
      '+*',
      '\n',
      '^',
      '$',
      '(',
      ')',
      '[',
      ']',
      '[[:alpha:]]',
      '[^',
      '{',
      '}',
      '{9,}',
      '{99}',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '\\1',
      '.',
    ],
    samples: () => [
      '+f^passwd$\n-*\n',
      '# all\n-d(^|/)[.]git$\n+w[[:alpha:]]{1,3}\n',
      '-f\\.(o|so)+$\n+s^a(b|c)*\\(d?$',
    ],
    run(input) {
      refusing([ClsyncError], () => void parseRules(fromText('rules'), input, checkPattern));
    },
  },
  {
    name: 'command line',
    words: [
      '\0',
      '\0--\0',
      '-',
      '=',
      '-b1',
      '-M',
      '-Mso',
      '--no-',
      '__proto__',
      'constructor',
      ...OPTION_WORDS,
    ],
    samples: () => [
      '-Mrsyncdirect\0-W/a\0-D\0/b\0-t0',
      '--mode=so\0--watch-dir\0/x\0--\0-aH\0%INCLUDE-LIST%',
      'word\0-b\0-dd\0--retr=3\0-x5,6\0',
    ],
    run(input) {
      refusing([ClsyncError], () => {
        const assignments: Assignment[] = [];
        const words = fromBuffer(input).split('\0') as BytePath[];
        for (const operand of parseCommandLine(words, (assignment) => assignments.push(assignment)))
          assert.ok(words.includes(operand));
        resolve([assignments], 1);
      });
    },
  },
  {
    name: 'custom signals',
    words: [':', ',', '0', '10', '16:'],
    samples: () => ['10:a,12:b c', '0', '16:x,0,29:y'],
    run(input) {
      refusing(
        [ClsyncError],
        () => void parseCustomSignals(input.toString('latin1'), '--custom-signals'),
      );
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
          const { reply } = await answer(line, CONTROLLED);
          // The reply is one line that a client understands.
          assert.equal(reply.indexOf(0x0a), reply.length - 1);
          assert.ok(decodeLine(fromBuffer(reply.subarray(0, -1))) !== undefined);
        }
      }
    },
  },
  {
    name: 'output of rsync',
    words: [
      'to-chk=',
      'ir-chk=',
      '/',
      ')',
      '(xfr#1, to-chk=5/9)',
      '\r',
      '\n',
      'rsync: ',
      'Permission denied (13)',
      '9'.repeat(400),
      'file has vanished: ',
    ],
    samples: () => [
      '  1,000 100%  1.0MB/s 0:00:01 (xfr#5, to-chk=120/2000)\r',
      'rsync: [sender] open "x" failed: Permission denied (13)\nrsync error: x (code 23)\n',
      'file has vanished: "x"\n',
    ],
    run(input) {
      const output = new RsyncOutput((done, total) =>
        assert.ok(
          Number.isSafeInteger(done) && Number.isSafeInteger(total) && done >= 0 && done <= total,
          `${done}/${total}`,
        ),
      );
      for (let at = 0; at < input.length; at += 1000) {
        output.stdout(input.subarray(at, at + 1000));
        output.stderr(input.subarray(at, at + 1000));
      }
      assert.ok(output.complaints().every((line) => !/[\x00-\x1f\x7f]/.test(line)));
    },
  },
  {
    name: 'what rsync would delete',
    words: ['deleting ', '/', '..', '.', '\\#012', '\\#134', '\\#000', '\r', '\n'],
    samples: () => [
      'deleting a\\#012b/\ndeleting \\#377\ncannot delete non-empty directory: x\n',
      'deleting ../x\ndeleting /x\n',
    ],
    run(input) {
      const deletions = new RsyncDeletions();
      for (let at = 0; at < input.length; at += 1000)
        deletions.stdout(input.subarray(at, at + 1000));
      assert.ok(deletions.extras().every(({ path }) => path !== '' && isRelative(path)));
    },
  },
  {
    name: "the launcher's report",
    words: ['217 2 program: ', ': ', '\n', '\0'],
    samples: () => [
      '217 2 program: /x: No such file or directory\0',
      '205 1 keeper: x\ny\x00205 1 keeper: x\0',
    ],
    run(input) {
      const failure = decodeFailure(input);
      assert.ok(
        failure === undefined ||
          (Number.isFinite(failure.status + failure.errno) && !failure.words.includes('\0')),
      );
    },
  },
  {
    name: 'names for people',
    words: ['\xc2\x9b', '\xe2\x80\xae', '\x1b[', '\xed\xa0\x80', '\xf4\x8f\xbf\xbf'],
    samples: () => HOSTILE_NAMES.map((name) => Buffer.from(name, 'latin1')),
    run(input) {
      assert.doesNotMatch(display(fromBuffer(input)), /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
    },
  },
];

/** The daemon as a control client sees it; nothing here has an effect. */
const CONTROLLED = {
  state: {
    instance: { block: fromText('b'), label: fromText('l\x03/\n'), flags: 1n, given: 0n },
  },
  dumpTo: (directory: BytePath) =>
    directory.includes('x')
      ? Promise.reject(new ClsyncError('DUMP_EXISTS', display(directory)))
      : Promise.resolve(),
  set(option: BytePath): void {
    if (option !== 'label') throw new ClsyncError('FIXED_OPTION', display(option));
  },
  resync: () => undefined,
  endNow: () => undefined,
};
