import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { rate } from '../../../../src/shared/in-words.js';
import { Past } from '../../../../src/shared/past.js';
import { durationOf } from '../../../../src/shared/histogram.js';
import { BARS, screen, sparkline } from '../../../../src/master/ctl/top-screen.js';
import type { Shown, Size } from '../../../../src/master/ctl/top-screen.js';
import { initialState, newExecutor } from '../../../../src/master/state.js';
import { statusOf } from '../../../../src/master/surface/status.js';
import { FACTS } from '../../../harness/status.js';

/** An instance that syncs `paths` a second for ten seconds. */
function shown(name: string, paths: number, failing = 0): Shown {
  const past = new Past();
  const instance = { block: fromText('b'), label: fromText(name), flags: 0n, given: 0n };
  const statusAt = (second: number) =>
    statusOf(
      {
        ...initialState(0, instance),
        status: 'running',
        executors: new Map([
          [
            'executor',
            {
              ...newExecutor(0),
              paths: paths * second,
              bytes: 2_000_000 * second,
              latency: durationOf(second === 0 ? 0.001 : 0.3),
              backlog: { waiting: 0, inHand: 0, failing },
            },
          ],
        ]),
      },
      FACTS,
      true,
    );
  for (let second = 0; second <= 10; second++) past.add(statusAt(second), second * 1000);
  return { name, status: statusAt(10), past };
}

const DULL = { colours: false, bars: BARS.ascii };
const draw = (instances: readonly Shown[], size: Size, selected = 0, isDetailed = false) =>
  screen({ instances, selected, isDetailed, message: 'done', now: 0 }, size, DULL);

test('80x24 is enough: rates, latencies, a sparkline', () => {
  const lines = draw([shown('www', 5), shown('mail', 0, 3)], { columns: 80, rows: 24 });
  assert.ok(lines.every((line) => line.length <= 80));
  assert.match(
    lines[3] ?? '',
    /^> www {8}running {9}0 {4}0 {7}0 {4}5\.0 {4}2\.0M {2}0\.4 s {2}0\.5 s @+$/,
  );
  assert.match(lines[4] ?? '', /^ {2}mail {7}running {9}0 {4}3 /);
  assert.equal(lines.at(-2), 'done');
});

test('more instances than lines: what is selected is seen', () => {
  const many = Array.from({ length: 50 }, (_, index) => shown(`www${index}`, 1));
  for (const selected of [0, 25, 49]) {
    const lines = draw(many, { columns: 80, rows: 24 }, selected);
    assert.ok(lines.length <= 24);
    assert.equal(lines.filter((line) => line.startsWith(`> www${selected} `)).length, 1);
  }
});

test('any size can be drawn on, and nothing that is told becomes an order', () => {
  const evil = shown('a\x1b[2J\u202eb', 1);
  for (const size of [
    { columns: 1, rows: 1 },
    { columns: 40, rows: 3 },
    { columns: 40, rows: 10 },
    { columns: 300, rows: 80 },
  ])
    for (const isDetailed of [false, true])
      for (const line of draw([evil, { ...evil, status: undefined }], size, 0, isDetailed)) {
        assert.ok(line.length <= Math.max(size.columns, 0), line);
        assert.doesNotMatch(line, /[\x1b\u202e]/);
      }
});

test('what does not fit beside its label goes on below', () => {
  const { status, ...one } = shown('www', 1);
  const sandbox = 'a view of its own, no network, Landlock, system call filter';
  const wide = { ...one, status: status && { ...status, sandbox } };
  const lines = draw([wide], { columns: 50, rows: 24 }, 0, true);
  const at = lines.findIndex((line) => line.startsWith('  sandbox '));
  const [first, second] = [lines[at] ?? '', lines[at + 1] ?? ''];
  const indent = /^ *sandbox +/.exec(first)?.[0].length ?? 0;
  assert.equal(`${first.slice(indent)} ${second.slice(indent)}`, sandbox);
  assert.equal(second.slice(0, indent).trim(), '');
});

test('a sparkline is as high as its highest value; rates are short', () => {
  assert.equal(sparkline([0, 1, 4, 8], 6, '_abcdefgh'), '  _adh');
  assert.equal(sparkline([], 3, BARS.unicode), '   ');
  assert.deepEqual([0, 0.31, 42.4, 1234, 35e6, undefined].map(rate), [
    '0',
    '0.3',
    '42',
    '1.2k',
    '35M',
    '-',
  ]);
});
