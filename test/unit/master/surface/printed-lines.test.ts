import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RATE } from '../../../../src/master/rate.js';
import { PrintedLines } from '../../../../src/master/surface/printed-lines.js';
import { until } from '../../../harness/until.js';

class Taker {
  readonly lines: string[] = [];
  readonly losses: number[] = [];
  readonly line = (text: string): void => void this.lines.push(text);
  readonly lost = (lines: number): void => void this.losses.push(lines);
}

test('lines are cut and escaped, whatever the pieces in which they come', () => {
  const taker = new Taker();
  const printed = new PrintedLines(taker);
  const text = Buffer.from('\xc3\xa4\tb\x1b[2J\n\n\xe2\x80\xaex\xff\r\nend', 'latin1');
  for (const byte of text) assert.equal(printed.push(Buffer.of(byte)), true);
  assert.deepEqual(taker.lines, ['ä\tb\\x1b[2J', '', '\\xe2\\x80\\xaex\\xff\\x0d']);
  printed.close();
  assert.equal(taker.lines.at(-1), 'end');
});

test('a line is bounded, with an end or without', () => {
  const taker = new Taker();
  const printed = new PrintedLines(taker);
  printed.push(Buffer.from('a'.repeat(10_000) + '\n' + 'b'.repeat(5000)));
  printed.close();
  assert.deepEqual(
    taker.lines.map(({ length }) => length),
    [4096, 4096, 1808, 4096, 904],
  );
});

test('what has no end for a while is a line all the same', async () => {
  const taker = new Taker();
  new PrintedLines(taker).push(Buffer.from('half'));
  assert.deepEqual(taker.lines, []);
  const alive = setInterval(() => undefined, 1000);
  await until('the line', () => taker.lines.length === 1);
  clearInterval(alive);
});

test('no more lines than may come at once, and each second; the rest is counted', () => {
  let now = 0;
  const taker = new Taker();
  const printed = new PrintedLines(taker, () => now);
  const many = Buffer.from('\n'.repeat(RATE.lines.burst + 7));
  assert.equal(printed.push(many), false);
  assert.equal(taker.lines.length, RATE.lines.burst);
  now = 1000;
  assert.equal(printed.push(many), false);
  assert.equal(taker.lines.length, RATE.lines.burst + RATE.lines.second);
  printed.close();
  assert.deepEqual(taker.losses, [2 * (RATE.lines.burst + 7) - taker.lines.length]);
});

test('no more bytes', () => {
  const taker = new Taker();
  const printed = new PrintedLines(taker, () => 0);
  const line = Buffer.from('x'.repeat(4095) + '\n');
  for (let written = 0; written < 2 * RATE.bytes.burst; written += line.length) printed.push(line);
  assert.equal(taker.lines.length, Math.floor(RATE.bytes.burst / 4095));
});
