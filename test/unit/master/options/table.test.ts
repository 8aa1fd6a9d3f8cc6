import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import {
  candidates,
  findOption,
  nearest,
  OPTION_NAMES,
  optionRow,
} from '../../../../src/master/options/table.js';
import type { OptionName } from '../../../../src/master/options/table.js';
import { BadValue, parseValue } from '../../../../src/master/options/value.js';
import type { Kind } from '../../../../src/master/options/row.js';
import { parseConfig, selectBlock } from '../../../../src/master/settings/config-file.js';
import { parseCommandLine } from '../../../../src/master/settings/command-line.js';
import { resolve } from '../../../../src/master/settings/resolve.js';
import type { Assignment, Layer } from '../../../../src/master/settings/assignment.js';

/** A value of each kind that is nobody's default. */
const SAMPLE: Readonly<Record<Kind, string>> = {
  flag: '1',
  counter: '3',
  number: '7',
  size: '8K',
  memory: '64M',
  decimal: '0.25',
  duration: '1.5',
  octal: '640',
  text: 'word',
  path: '/some/path',
  choice: '',
  list: 'alpha',
  words: '--some,word',
  codes: '23,24',
  share: '10%',
  policies: '23=retry,5=done',
};

function sample(name: OptionName): string {
  const { kind, choices, default: standard } = optionRow(name);
  if (kind === 'flag' && standard === '1') return '0';
  return choices === undefined ? SAMPLE[kind] : (choices.at(-1) as string);
}

function commandLine(...words: string[]): { layer: Layer; operands: string[] } {
  const layer: Assignment[] = [];
  return {
    operands: parseCommandLine(words.map(fromText), (assignment) => layer.push(assignment)),
    layer,
  };
}

const SUPPORTED = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);

test('no name, alias or letter means two options', () => {
  const names = OPTION_NAMES.flatMap((name) => [name, ...(optionRow(name).aliases ?? [])]);
  assert.equal(new Set(names).size, names.length);
  const letters = OPTION_NAMES.flatMap((name) => optionRow(name).short ?? []);
  assert.equal(new Set(letters).size, letters.length);
});

test('every default is a value of its option', () => {
  for (const name of OPTION_NAMES) {
    const row = optionRow(name);
    if (row.default !== undefined)
      assert.notEqual(parseValue(row, fromText(row.default)), undefined, name);
  }
});

for (const name of SUPPORTED) {
  test(`--${name} means the same by every way it can be written`, () => {
    const text = sample(name);
    const { short, kind, bare, argument } = optionRow(name);
    const fromConfig = selectBlock(
      parseConfig(fromText('file'), {
        bytes: Buffer.from(`[b]\n${name} = ${text}\n[word]\n`),
        isPublic: true,
      }),
      'b',
    ).layers;
    const expected = resolve(fromConfig, 1).values[name];
    if (optionRow(name).choices?.length !== 1)
      assert.notDeepEqual(expected, resolve([], 1).values[name], 'the sample is not the default');
    const ways = [[`--${name}=${text}`]];
    const apart =
      (kind !== 'flag' && kind !== 'counter' && bare === undefined) || argument === '0|1';
    if (apart) ways.push([`--${name}`, text]);
    if (short !== undefined) ways.push([`-${short}${text}`]);
    if (short !== undefined && apart) ways.push([`-${short}`, text]);
    for (const words of ways) {
      const { layer, operands } = commandLine('before', ...words, 'after');
      assert.deepEqual(resolve([layer], 1).values[name], expected, words.join(' '));
      assert.deepEqual(operands, ['before', 'after'], words.join(' '));
    }
  });
}

for (const name of OPTION_NAMES.filter((candidate) => optionRow(candidate).unsupported)) {
  test(`--${name} is refused as not supported yet`, () => {
    assert.throws(() => resolve([commandLine(`--${name}=x`).layer], 1), {
      code: 'NOT_SUPPORTED',
      exit: 22,
      message: `--${name}: not supported yet: leave it out`,
    });
  });
}

const GOOD: readonly [OptionName, string, unknown][] = [
  ['background', '', false],
  ['background', '0', false],
  ['background', ' 2 ', true],
  ['retries', '0x10', 16],
  ['retries', '010', 8],
  ['retries', ' 12 ', 12],
  ['retries', '', 0],
  ['retries', '-3', 0],
  ['delay-sync', '0.2', 200],
  ['delay-sync', '.5', 500],
  ['delay-sync', '0x2', 2000],
  ['delay-sync', '-1', 0],
  ['handler-memory', '1g', 2 ** 30],
  ['handler-memory', '0', 'none'],
  ['handler-memory', 'auto', 'auto'],
  ['watcher-memory', 'none', 'none'],
  ['handler-cpu', '0.5', 0.5],
  ['socket-mod', '0660', 0o660],
  ['label', '', fromText('')],
  ['pid-file', '', undefined],
  [
    'modification-signature',
    '*',
    ['dev', 'ino', 'mode', 'uid', 'gid', 'rdev', 'size', 'atime', 'mtime', 'ctime'],
  ],
  ['modification-signature', 'uid, gid', ['uid', 'gid']],
  ['cancel-syscalls', '', []],
  ['handler-capabilities', '', undefined],
  ['explain-sandbox', 'json', 'json'],
];

for (const [name, text, expected] of GOOD) {
  test(`${name} "${text}" is ${JSON.stringify(expected)}`, () =>
    assert.deepEqual(parseValue(optionRow(name), fromText(text)), expected));
}

const BAD: readonly [OptionName, string][] = [
  ['background', 'yes'],
  ['debug', 'much'],
  ['retries', '3x'],
  ['retries', '09'],
  ['retries', '1.5'],
  ['retries', '99999999999999999999'],
  ['handler-memory', '10Q'],
  ['handler-cpu', 'half'],
  ['delay-sync', '1,5'],
  ['delay-sync', '1e3'],
  ['timeout-sync', '2147484'],
  ['socket-mod', '9'],
  ['mode', 'rsnyc'],
  ['monitor', 'kqueue'],
  ['monitor', 'kqueue'],
  ['modification-signature', 'uid,size,colour'],
  ['cancel-syscalls', 'all'],
  ['ignore-exitcode', '23;24'],
  ['ignore-exitcode', '256'],
  ['exit-code-policy', '23'],
  ['exit-code-policy', '23=never'],
  ['exit-code-policy', '0=fatal'],
  ['exit-code-policy', '256=done'],
];

for (const [name, text] of BAD) {
  test(`${name} "${text}" is refused`, () => {
    assert.throws(() => parseValue(optionRow(name), fromText(text)), BadValue);
    assert.throws(() => resolve([commandLine(`--${name}=${text}`).layer], 1), {
      code: 'BAD_VALUE',
      exit: 22,
      message: new RegExp(`^--${name}: `),
    });
  });
}

test('names are found by abbreviation and by likeness', () => {
  assert.deepEqual(candidates('exit-on-sync-skip'), ['exit-on-sync-skip']);
  assert.equal(findOption('exit-on-sync-skipping'), 'exit-on-sync-skip');
  assert.deepEqual(candidates('delay-collect-'), ['delay-collect-bigfile']);
  assert.equal(nearest('delay-colect'), 'delay-collect');
  assert.equal(nearest('rules-path'), 'rules-file');
  assert.equal(nearest('something-else-entirely'), undefined);
});
