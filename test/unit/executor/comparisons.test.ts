import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { Comparisons } from '../../../src/executor/comparisons.js';
import type { Compared, ComparisonsContext } from '../../../src/executor/comparisons.js';
import type { Difference } from '../../../src/shared/verification.js';

function differing(...paths: readonly string[]): Difference[] {
  return paths.map((path) => ({
    path: fromText(path),
    what: path === 'extra' ? ['extra'] : ['size'],
    source: null,
    destination: null,
  }));
}

/** What is told of the first comparison, and the paths of each further round. */
async function compared(
  found: readonly string[],
  around: Partial<ComparisonsContext>,
): Promise<{ told: Compared; rounds: (readonly BytePath[])[] }> {
  const rounds: (readonly BytePath[])[] = [];
  const told = await new Promise<Compared>((resolve, reject) => {
    const comparisons: Comparisons = new Comparisons({
      interval: () => 1,
      isOff: () => false,
      verify: (_, among) => {
        if (among !== undefined) rounds.push(among);
        const differences = differing(...found).filter(({ path }) => among?.includes(path) ?? true);
        return Promise.resolve({ differences, failures: [], changing: [] });
      },
      quiet: () => Promise.resolve(),
      pending: () => [],
      isRecent: () => false,
      keepsExtra: () => false,
      now: () => 0,
      tell: (result) => {
        comparisons.stop();
        resolve(result);
      },
      answer: () => undefined,
      failed: ({ reason }) => reject(new Error(reason)),
      ...around,
    });
    comparisons.start();
  });
  return { told, rounds };
}

const namesIn = ({ rows }: Compared): string[] =>
  rows
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => (JSON.parse(row) as Difference).path);

test('what is about to be synced, beneath or above such a path, or was just now, is not named', async () => {
  const { told, rounds } = await compared(['a', 'b/c', 'd', 'e', 'extra'], {
    pending: () => ['b', 'd/x'].map(fromText),
    isRecent: (path) => path === 'e',
  });
  assert.deepEqual(namesIn(told), ['a', 'extra']);
  assert.equal(told.differences, 2);
  assert.deepEqual(rounds, [
    ['a', 'extra'],
    ['a', 'extra'],
  ]);
});

test('what stays at the destination on purpose is not named', async () => {
  const { told } = await compared(['a', 'extra'], { keepsExtra: () => true });
  assert.deepEqual(namesIn(told), ['a']);
});

test('what becomes equal meanwhile is not named; of many some are', async () => {
  let round = 0;
  const { told } = await compared([], {
    verify: () =>
      Promise.resolve({
        differences: round++ === 0 ? differing('a') : [],
        failures: [],
        changing: [],
      }),
  });
  assert.deepEqual([told.differences, told.rows], [0, '']);
  const many = await compared(
    Array.from({ length: 100 }, (_, index) => `f${index}`),
    {},
  );
  assert.deepEqual([many.told.differences, namesIn(many.told).length], [100, 20]);
});
