import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ROOT, fromText } from '../../../src/shared/bytes.js';
import { isRecursive } from '../../../src/shared/entry.js';
import type { Batch } from '../../../src/shared/entry.js';
import type { MessageName, Payload } from '../../../src/shared/messages.js';
import { createWatcher } from '../../../src/watcher/create.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';
import { DEFAULTS } from './support.js';

/** An executor that takes everything. */
class Taker {
  readonly told: MessageName[] = [];
  readonly paths: string[] = [];
  readonly wholes: string[] = [];
  readonly refused: string[] = [];

  send<N extends MessageName>(name: N, payload: Payload<N>): boolean {
    this.told.push(name);
    if (name === 'batch') this.take(payload as Batch);
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  forget(): void {
    for (const list of [this.told, this.paths, this.wholes, this.refused]) list.length = 0;
  }

  private take({ changes, refused }: Batch): void {
    this.refused.push(...refused.map(({ path }) => path));
    for (const change of changes)
      (isRecursive(change) ? this.wholes : this.paths).push(change.path);
  }
}

test('an executor that joins is told everything, the others nothing of that', async (scope) => {
  const directory = temporaryDirectory(scope);
  mkdirSync(`${directory}/no`);
  const [one, other, later] = [new Taker(), new Taker(), new Taker()];
  const settings = {
    ...DEFAULTS,
    watchDirectory: fromText(directory),
    rules: [{ allow: false, kind: '*', pattern: fromText('^no$'), line: 1 }],
  } as const;
  const { watcher, outboxes, executors } = createWatcher<Taker>(
    settings,
    new Taker(),
    [one, other],
    () => undefined,
    (error) => assert.fail(error),
    fromText(directory),
  );
  scope.after(() => watcher.close());
  for (const outbox of outboxes.values()) outbox.grant(1000);
  await until('both', () => [one, other].every(({ told }) => told.includes('walked')));
  assert.deepEqual(
    [one, other].map(({ wholes }) => wholes),
    [[ROOT], [ROOT]],
  );
  one.forget();
  other.forget();
  executors.leave(other);
  writeFileSync(`${directory}/while it was away`, '');
  await until('a change', () => one.paths.length > 0);
  assert.deepEqual(other.told, []);
  assert.equal(watcher.counters.pending, 0);

  one.forget();
  const outbox = executors.join(later);
  outbox.grant(1000);
  watcher.relieved();
  await until('all of it', () => later.told.includes('walked'));
  assert.deepEqual([later.wholes, later.refused], [[ROOT], ['no']]);
  assert.deepEqual(one.wholes, []);
  assert.ok(!one.told.includes('walked'));
  writeFileSync(`${directory}/later`, '');
  await until('both', () => [one, later].every(({ paths }) => paths.includes('later')));

  executors.leave(one);
  executors.leave(later);
  writeFileSync(`${directory}/for nobody`, '');
  await until('the event', () => watcher.counters.events > 0);
  const last = new Taker();
  executors.join(last).grant(1000);
  watcher.relieved();
  await until('all of it', () => last.told.includes('walked'));
  assert.deepEqual(last.wholes, [ROOT]);
  assert.equal(watcher.counters.pending, 0);
});

test('where executors keep marks, only the one that joins is listed the tree', async (scope) => {
  const directory = temporaryDirectory(scope);
  const [one, later] = [new Taker(), new Taker()];
  const settings = { ...DEFAULTS, watchDirectory: fromText(directory), listings: true };
  const { watcher, outboxes, executors } = createWatcher<Taker>(
    settings,
    new Taker(),
    [one],
    () => undefined,
    (error) => assert.fail(error),
    fromText(directory),
  );
  scope.after(() => watcher.close());
  outboxes.get(one)?.grant(1000);
  await until('the walk', () => one.told.includes('walked'));
  assert.deepEqual(one.told, ['listing', 'rows', 'listed', 'walked']);
  executors.join(later).grant(1000);
  await until('the walk', () => later.told.includes('walked'));
  assert.deepEqual(later.told, ['listing', 'rows', 'listed', 'walked']);
  assert.equal(one.told.length, 4);
});
