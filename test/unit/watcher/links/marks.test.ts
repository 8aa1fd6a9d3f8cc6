import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { Links } from '../../../../src/watcher/links/links.js';
import { Marks } from '../../../../src/watcher/links/marks.js';
import { inode } from '../findings.js';

const MANY = 5000;

/** Marks with the names told by them, since the last look. */
class Tried {
  readonly links = new Links();
  private told: string[] = [];
  readonly marks = new Marks(this.links, ({ name }) => this.told.push(name));

  know(number: number, ...names: readonly string[]): void {
    for (const name of names) this.links.note(1, fromText(name), inode(number), 100_000);
  }

  step(budget: number): string[] {
    this.marks.step(budget);
    return this.told.splice(0);
  }
}

const namesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

test('however often an inode is marked, its names are told once, but for the one that is dirty', () => {
  const tried = new Tried();
  tried.know(1, 'a', 'b', 'c');
  const a = { node: 1, name: fromText('a') };
  for (let event = 0; event < MANY; event++) tried.marks.add(inode(1), a);
  assert.deepEqual(tried.step(100), ['b', 'c']);
  assert.ok(tried.marks.idle);
  assert.deepEqual(tried.step(100), []);
  for (const name of ['a', 'b']) tried.marks.add(inode(1), { node: 1, name: fromText(name) });
  assert.deepEqual(tried.step(100), ['a', 'b', 'c'], 'each is another name of the other');
});

test('many names are told in turns, and those of other inodes do not wait for them', () => {
  const tried = new Tried();
  tried.know(1, ...namesOf('many', MANY));
  tried.know(2, 'x', 'y');
  tried.marks.add(inode(1));
  const first = tried.step(1000);
  assert.ok(first.length > 0 && first.length < 2000);
  tried.marks.add(inode(2));
  assert.deepEqual(tried.step(1000).slice(0, 2), ['x', 'y']);
  let turns = 2;
  for (; !tried.marks.idle; turns++) tried.step(1000);
  assert.ok(turns <= 8, `${turns} turns`);
});

test('an inode marked while its names are told is told whole once more', () => {
  const tried = new Tried();
  tried.know(1, ...namesOf('n', MANY));
  tried.marks.add(inode(1));
  tried.step(1000);
  tried.marks.add(inode(1));
  const told: string[] = [];
  while (!tried.marks.idle) told.push(...tried.step(1000));
  assert.deepEqual([...new Set(told)].sort(), namesOf('n', MANY).sort());
});

test('a name that has left meanwhile is not told, one that has come is', () => {
  const tried = new Tried();
  tried.know(1, 'a', 'b');
  tried.marks.add(inode(1));
  tried.links.note(1, fromText('a'), undefined, 0);
  tried.know(1, 'c');
  assert.deepEqual(tried.step(10), ['b', 'c']);
});
