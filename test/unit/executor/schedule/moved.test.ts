import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeMoved } from '../../../../src/executor/schedule/moved.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { entry } from '../../../harness/entries.js';

const gone = (path: string): Entry => ({ ...entry(path, 0), after: ObjectType.absent });
const moved = (path: string, origin: string): Entry => ({
  ...entry(path, 0),
  origin: fromText(origin),
});

function takenWith(entries: readonly Entry[], waiting: readonly Entry[]): string {
  let left = [...waiting];
  return takeMoved(entries, (isWanted) => {
    const taken = left.filter(isWanted);
    left = left.filter((one) => !isWanted(one));
    return taken;
  })
    .map(({ path }) => path)
    .join(' ');
}

test('of a move both names are taken, and of a chain all', () => {
  const waiting = [moved('c', 'b'), moved('x', 'y'), gone('z')];
  assert.equal(takenWith([gone('b')], waiting), 'c');
  assert.equal(takenWith([moved('new', 'z')], waiting), 'z');
  assert.equal(takenWith([entry('b', 2)], waiting), '');
  const chain = [moved('d', 'c'), moved('b', 'a'), gone('a'), gone('e')];
  assert.equal(takenWith([moved('f', 'b'), gone('c')], chain), 'd b a');
});
