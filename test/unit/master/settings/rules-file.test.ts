import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPattern } from '../../../../src/master/native.js';
import { readFile } from '../../../../src/master/read-file.js';
import { parseRules, readRules } from '../../../../src/master/settings/rules-file.js';
import { fromBuffer, fromText } from '../../../../src/shared/bytes.js';

const parse = (text: string | Buffer) =>
  parseRules(
    fromText('rules'),
    { bytes: Buffer.from(text as string), isPublic: true },
    checkPattern,
  );

test('rules, comments, empty lines, and the last line without an end', () => {
  assert.deepEqual(parse('\ufeff# pwdb\n+f^passwd$\n\n+W^ssh$\n-*'), [
    { allow: true, kind: 'f', pattern: '^passwd$', line: 2 },
    { allow: true, kind: 'W', pattern: '^ssh$', line: 4 },
    { allow: false, kind: '*', pattern: '', line: 5 },
  ]);
});

test('patterns are bytes, and there is no limit to their number', () => {
  const odd = Buffer.from([0xff, 0x2e, 0x20]);
  assert.equal(parse(Buffer.concat([Buffer.from('-f'), odd]))[0]?.pattern, fromBuffer(odd));
  assert.equal(parse('-fx\n'.repeat(5000)).length, 5000);
});

for (const [text, line, words] of [
  ['+f^a\n*x\n', 2, 'does not begin with'],
  ['+\n', 1, 'second character'],
  ['-qx\n', 1, 'second character'],
  ['+*\n-f(a\n', 2, 'no extended regular expression: Unmatched ( or \\('],
  ['-f[a\n', 1, 'no extended regular expression'],
  ['-fa\0b\n', 1, 'NUL'],
] as const) {
  test(`${JSON.stringify(text)} is an error in line ${line}`, () => {
    assert.throws(
      () => parse(text),
      (error: Error & { code: string; exit: number }) =>
        error.code === 'BAD_RULE' &&
        error.exit === 8 &&
        error.message.startsWith(`rules:${line}: `) &&
        error.message.includes(words),
    );
  });
}

test('a missing rules file is an error', () => {
  const absent = fromText('/nonexistent/rules');
  assert.throws(() => readRules(absent, () => readFile(absent), checkPattern), {
    code: 'RULES_ABSENT',
    exit: 2,
  });
});

test('random bytes never do worse than an error', () => {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31);
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(
      Array.from({ length: random() % 40 }, () =>
        '+-fdwmsW*[](){}\\\n#ab\0\xff'.charCodeAt(random() % 23),
      ),
    );
    try {
      parse(bytes);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'BAD_RULE');
    }
  }
});

for (const pattern of [
  '((a{99}){99}){99}',
  'x{10,}{10,}{10,}{10,}{10,}',
  '('.repeat(30) + 'a' + ')+'.repeat(30),
  '('.repeat(100_000),
  'a{255}{255}{255}',
]) {
  test(
    'an expression that regcomp would write out without end is refused: ' + pattern.slice(0, 40),
    () => {
      assert.throws(() => parse(`-f${pattern}`), { code: 'BAD_RULE', message: /too large/ });
    },
  );
}

test('expressions of every kind are small enough', () => {
  for (const pattern of [
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}(/|$)',
    '[^]+*{9}]{1,255}',
    '(a|(b+)?c{3})*\\(\\{99',
    'a'.repeat(4000),
    '(x{9999})',
  ])
    assert.equal(parse(`-f${pattern}`).length, 1);
});
