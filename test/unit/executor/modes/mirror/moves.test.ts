import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderMoves } from '../../../../../src/executor/modes/mirror/moves.js';
import type { Move } from '../../../../../src/executor/modes/mirror/moves.js';
import { fromText } from '../../../../../src/shared/bytes.js';

/** `a>b c>d`: as the moves are wanted, and as they are made; `a=b`: they change places. */
function made(wanted: string): string {
  const words = wanted.split(' ').map((word) => word.split('>').map(fromText));
  const moves = orderMoves(words.map(([from = fromText(''), to = fromText('')]) => ({ from, to })));
  return moves.map(({ from, to, exchange }: Move) => from + (exchange ? '=' : '>') + to).join(' ');
}

const CASES: Readonly<Record<string, readonly [wanted: string, made: string]>> = {
  'each by itself': ['a>b c>d', 'a>b c>d'],
  'a chain, the last first': ['a>b b>c c>d', 'c>d b>c a>b'],
  'two change places': ['a>b b>a', 'a=b'],
  'three change places': ['a>b b>c c>a', 'a=b a=c'],
  'four change places, and one that follows': ['a>b b>c c>d d>a x>b/x', 'a=b a=c a=d x>b/x'],
  'what leaves a directory, before that is moved': ['d>e d/x>y', 'd/x>y d>e'],
  'what is moved in a directory that came, after it': ['e/x>e/y d>e', 'd>e e/x>e/y'],
  'what comes along under another name': ['d/x>e/y d>e', 'd>e e/x>e/y'],
  'what is moved into a directory that came': ['w>e/w d>e', 'd>e w>e/w'],
  'into a new one in the place of one that was moved': ['w>d/w d>e', 'd>e w>d/w'],
  'a directory into one that came out of it': ['d/x>z d>z/d', 'd/x>z d>z/d'],
  'no directory into itself, or in place of its own': ['d>d/x e/x>e f>f', ''],
  'one origin once': ['a>b a>c', 'a>b'],
  'what comes along by itself': ['a>b b>a a/x>b/x', 'a=b'],
};

for (const [name, [wanted, expected]] of Object.entries(CASES))
  test(`moves at the destination: ${name}`, () => assert.equal(made(wanted), expected));

test('any moves are ordered, however many, and none is made twice', () => {
  const names = Array.from({ length: 2000 }, (_, index) => `n${index}`);
  const ring = names.map((name, index) => `${name}>${names[(index + 1) % names.length]}`).join(' ');
  assert.equal(made(ring).split(' ').length, names.length - 1);
});
