import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { test } from 'node:test';
import { blame } from '../../../../src/executor/schedule/blame.js';
import type { Step } from '../../../../src/executor/modes/mode.js';
import { failureAt } from '../../../../src/executor/modes/failure.js';
import { entryBeneath } from '../../../../src/executor/intake/own-entries.js';
import { Source } from '../../../../src/executor/intake/source.js';
import { sync } from '../../../../src/executor/schedule/sync.js';
import type { SyncResult } from '../../../../src/executor/schedule/sync.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { temporaryDirectory } from '../../../harness/temporary.js';
import { entry } from '../../../harness/entries.js';

const SITUATION = { status: 'running', iteration: 0, initial: false } as const;

test('a step may settle more paths than a call takes arguments', async () => {
  const entries = Array.from({ length: 200_000 }, (_, index) => entry(`f${index}`, 2));
  const plan = (items: readonly Entry[]) => [
    { entries: items, run: () => Promise.resolve(undefined) },
  ];
  const { settled } = await sync({ plan, commands: () => [] }, entries, SITUATION, {
    judge: () => Promise.resolve('fatal'),
  });
  assert.equal(settled.length, entries.length);
});

test(
  'where the watch directory is no longer the one that was found, no handler is called and ' +
    'everything is kept',
  async (scope) => {
    const path = `${temporaryDirectory(scope)}/source`;
    mkdirSync(path);
    const source = new Source(fromText(path));
    const entries = [entry('a', 2), entry('b', 2)];
    let calls = 0;
    const plan = (): readonly Step[] =>
      entries.map((one) => ({ entries: [one], run: () => Promise.resolve(void calls++) }));
    const attempt = (): Promise<SyncResult> =>
      sync({ plan, commands: () => [] }, entries, SITUATION, {
        obstacle: () => source.failure,
        judge: () => Promise.resolve('disturbed'),
      });
    assert.deepEqual((await attempt()).troubles, []);
    assert.equal(calls, 2);
    renameSync(path, `${path}.old`);
    mkdirSync(path);
    const { troubles } = await attempt();
    assert.deepEqual(
      troubles.flatMap((trouble) => trouble.entries),
      entries,
    );
    assert.match(troubles[0]?.failure.reason ?? '', /has gone/);
    assert.equal(calls, 2);
  },
);

test('what a complaint seems to name in a directory leads nowhere else', () => {
  const whole = [entry('d', 0x100, EntryFlag.recursive)];
  const named = ['/s/d/..', 'd/../../etc', 'd/./e', 'd/e'].map((name) => fromText(name));
  assert.deepEqual([...blame(whole, named, () => true).beneath], ['d/e']);
});

test('a step may say what became of each path, and no other call finds it out', async () => {
  const entries = ['a', 'b', 'c', 'd'].map((path) => entry(path, 2));
  const [, failed, changed] = entries as [Entry, Entry, Entry, Entry];
  const beneath = entryBeneath(fromText('d/e'));
  const outcomes = {
    apart: [{ entries: [failed, beneath], failure: failureAt(5, 'input/output error (read)') }],
    disturbed: [changed],
    held: [beneath],
  };
  let calls = 0;
  const plan = (items: readonly Entry[]): readonly Step[] => [
    { entries: items, run: () => Promise.resolve((calls++, outcomes)) },
  ];
  const { settled, troubles, held } = await sync({ plan, commands: () => [] }, entries, SITUATION, {
    judge: () => Promise.resolve('fatal'),
  });
  assert.deepEqual(
    settled.map(({ path }) => path),
    ['a', 'd'],
  );
  assert.deepEqual(
    troubles.map(({ entries: of, verdict, apart }) => [of.map(({ path }) => path), verdict, apart]),
    [
      [['b', 'd/e'], 'retry', true],
      [['c'], 'disturbed', false],
    ],
  );
  assert.deepEqual(held, [beneath]);
  assert.equal(calls, 1);
});
