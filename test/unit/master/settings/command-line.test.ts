import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer, fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import type { Assignment } from '../../../../src/master/settings/assignment.js';
import { parseCommandLine } from '../../../../src/master/settings/command-line.js';
import { resolve } from '../../../../src/master/settings/resolve.js';

function parse(...words: string[]): {
  operands: BytePath[];
  layer: Assignment[];
  values: ReturnType<typeof resolve>['values'];
} {
  const layer: Assignment[] = [];
  const operands = parseCommandLine(words.map(fromText), (assignment) => layer.push(assignment));
  return { operands, layer, values: resolve([layer], 1).values };
}

test('a flag takes only an attached value', () => {
  const { values, operands } = parse('-b', '0', '--quiet', '0', '-F0', '--sync-on-quit=1');
  assert.equal(values.background, true);
  assert.equal(values.quiet, true);
  assert.equal(values['full-initialsync'], false);
  assert.equal(values['sync-on-quit'], true);
  assert.deepEqual(operands, ['0', '0']);
});

test('a bare counter counts on from what was said before', () => {
  assert.equal(parse('-d', '-d').values.debug, 2);
  assert.equal(parse('-d5').values.debug, 5);
  assert.equal(parse('-d3', '-d').values.debug, 4);
  assert.equal(parse('-d', '-d0').values.debug, 0);
});

test('a value may look like an option', () => {
  const { values } = parse('-l', '-x', '-w', '-1');
  assert.equal(values.label, '-x');
  assert.equal(values['delay-sync'], 0);
});

test('of repeats the last counts, but exit statuses add up until a 0', () => {
  assert.equal(parse('-t1', '-t2').values['delay-collect'], 2000);
  assert.deepEqual(parse('-x', '23', '-x24,25').values['ignore-exitcode'], [23, 24, 25]);
  assert.deepEqual(parse('-x23', '-x0,24').values['ignore-exitcode'], [24]);
  assert.deepEqual(parse('-x23', '-x0').values['ignore-exitcode'], []);
});

test(
  'lists of ours add up until an empty one; of those of the C program the last counts, and ' +
    'it is said',
  () => {
    const { values } = parse(
      '--handler-allow=/a:rw',
      '--handler-allow',
      '/b',
      '--handler-env=A',
      '--handler-env=',
      '--handler-env=B,C',
      '--handler-env=D',
    );
    assert.deepEqual(
      [values['handler-allow'], values['handler-env']],
      [
        ['/a:rw', '/b'],
        ['B', 'C', 'D'],
      ],
    );
    const layer: Assignment[] = [];
    parseCommandLine(
      [
        '--modification-signature=uid',
        '--modification-signature=gid',
        '--mountpoints=/a',
        '--mountpoints=',
      ].map(fromText),
      (assignment) => layer.push(assignment),
    );
    const resolved = resolve([layer], 1);
    assert.deepEqual(resolved.values['modification-signature'], ['gid']);
    assert.deepEqual(resolved.warnings, [
      '--modification-signature is given more than once: only the last counts',
    ]);
  },
);

const STRAY: readonly [string[], string[]][] = [
  [
    ['-d', '3'],
    [
      '"3" is an argument of the handler, not the value of -d: write -d3, or the word ' +
        'behind -- if it is meant for the handler',
    ],
  ],
  [
    ['-b', 'yes'],
    [
      '"yes" is an argument of the handler, not the value of -b: write -b1, or the word ' +
        'behind -- if it is meant for the handler',
    ],
  ],
  [
    ['--background', 'OFF'],
    [
      '"OFF" is an argument of the handler, not the value of --background: write ' +
        '--background=0, or the word behind -- if it is meant for the handler',
    ],
  ],
  [['-b', '/srv'], ['"/srv" is an argument of the handler: if that is meant, write it behind --']],
  [
    ['-b1', '1', '-t1', '2'],
    [
      '"1" is an argument of the handler: if that is meant, write it behind --',
      '"2" is an argument of the handler: if that is meant, write it behind --',
    ],
  ],
  ...(
    [
      ['stauts', 'a daemon is asked by clsync ctl status'],
      ['top', 'a daemon is asked by clsync ctl top'],
    ] as const
  ).map(([word, meant]): [string[], string[]] => [
    [word],
    [`"${word}" is an argument of the handler: if that is meant, write it behind --; ${meant}`],
  ]),
  [['-b', '--', '1'], []],
  [['-l', 'x', '--detach-ipc', '0'], []],
];
for (const [words, expected] of STRAY) {
  test(
    `of the words "${words.join(' ')}" ` +
      `${expected.length === 0 ? 'none is' : 'it is said which are'} misplaced`,
    () => {
      const said: string[] = [];
      parseCommandLine(
        words.map(fromText),
        () => undefined,
        (sentence) => said.push(sentence),
      );
      assert.deepEqual(said, expected);
    },
  );
}

test('other words are handler arguments, wherever they stand', () => {
  const { operands, values } = parse('one', '-Msimple', 'two', '--', '-b', '--', 'three');
  assert.deepEqual(operands, ['one', 'two', '-b', '--', 'three']);
  assert.equal(values.background, false);
  assert.equal(values.mode, 'simple');
});

test('a bare dash and an empty word are words', () =>
  assert.deepEqual(parse('-', '').operands, ['-', '']));

test('long names may be abbreviated as far as they stay unambiguous', () => {
  assert.equal(parse('--watch=/x').values['watch-dir'], '/x');
  // As in the C program, which has no other option that begins so.
  assert.equal(parse('--destination=/x').values['destination-dir'], '/x');
  assert.equal(parse('--max=3').values['max-iterations'], 3);
  assert.notEqual(parse('--max-d=3').values['max-delete'], undefined);
  assert.equal(parse('--exit-on-sync-sk').values['exit-on-sync-skip'], true);
  assert.throws(() => parse('--delay=3'), { code: 'AMBIGUOUS_OPTION', exit: 22 });
});

test('names are bytes', () => {
  const layer: Assignment[] = [];
  const name = fromBuffer(Buffer.from([0x2f, 0xff, 0xfe, 0x25]));
  const [operand] = parseCommandLine([`-W${name}` as BytePath, name], (assignment) =>
    layer.push(assignment),
  );
  assert.equal(layer[0]?.text, name);
  assert.equal(operand, name);
});

const WRONG: readonly [string[], string][] = [
  [['--wibble'], 'UNKNOWN_OPTION'],
  [['--wibble=1'], 'UNKNOWN_OPTION'],
  [['-Z'], 'UNKNOWN_OPTION'],
  [['-5'], 'UNKNOWN_OPTION'],
  [['-W'], 'NO_VALUE'],
  [['--retries'], 'NO_VALUE'],
];
for (const [words, code] of WRONG) {
  test(`"${words.join(' ')}" is refused`, () =>
    assert.throws(() => parse(...words), { code, exit: 22 }));
}

test('options before a wrong one are known, so that the error goes where they say', () => {
  const layer: Assignment[] = [];
  assert.throws(() =>
    parseCommandLine(['-q', '--wibble', '-Yq'].map(fromText), (assignment) =>
      layer.push(assignment),
    ),
  );
  assert.deepEqual(
    layer.map(({ name }) => name),
    ['quiet'],
  );
});
