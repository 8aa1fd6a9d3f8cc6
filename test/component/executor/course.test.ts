/** From the initial sync to the end: standby, failures, exit hooks, new settings, dumps. */
import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { PORTION, WINDOW } from '../../../src/executor/intake/flow.js';
import { Driver } from './driver.js';
import { entry } from '../../harness/entries.js';
import { stage, calls, begin, object } from './recorded-calls.js';

test(
  'a failing handler ends the daemon with its exit code; the exit hook follows only a ' +
    'complete initial sync',
  async () => {
    symlinkSync('record', join(stage.scratch.root, 'hook'));
    await begin(
      { mode: 'direct', exitHook: fromText(join(stage.scratch.root, 'hook')) },
      object('', true),
    );
    writeFileSync(join(stage.scratch.root, 'exit'), '57');
    stage.driver.batch(entry('f', 2));
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.equal(stage.driver.finished?.exit, 57);
    assert.deepEqual(calls().at(-1)?.words, ['nolabel']);
    assert.equal(calls().at(-1)?.status, 'exiting');
  },
);

test('a failed initial sync runs no exit hook', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '3');
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'direct',
      handler: fromText(join(stage.scratch.root, 'record')),
      exitHook: fromText(join(stage.scratch.root, 'record')),
    }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 3);
  assert.equal(calls().length, 1);
});

test('ignored exit codes are no failure', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '3');
  await begin({ mode: 'direct', ignoredExitCodes: [3] }, object('', true));
  assert.equal(stage.driver.finished, undefined);
});

test('the pre-exit hook runs before one more sync; sync-on-quit empties the queues', async () => {
  const hook = fromText(join(stage.scratch.root, 'record'));
  await begin(
    { mode: 'direct', onlyInitialSync: false, preExitHook: hook, delayCollect: 3_600_000 },
    object('', true),
  );
  stage.driver.onProbe = () => stage.driver.batch(entry('made-by-hook', 2));
  stage.driver.batch(entry('pending', 2));
  stage.driver.finish(1);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(stage.driver.finished, { exit: 0, text: '' });
  assert.deepEqual(calls()[1]?.words, ['nolabel']);
  assert.deepEqual(calls()[2]?.words.slice(0, -1).sort(), ['made-by-hook', 'pending']);
});

test('the standby file holds every sync back, the initial one included', async () => {
  const standby = join(stage.scratch.root, 'standby');
  writeFileSync(standby, '');
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'direct',
      handler: fromText(join(stage.scratch.root, 'record')),
      standbyFile: fromText(standby),
    }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('standing by', () => stage.driver.statuses.includes('hold on'));
  assert.equal(calls().length, 0);
  rmSync(standby);
  await stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
  assert.equal(calls().length, 1);
});

test('an order to end now kills the running handler', async () => {
  writeFileSync(join(stage.scratch.root, 'slow'), '#!/bin/sh\ntrap "" TERM\nsleep 1000\n', {
    mode: 0o755,
  });
  stage.driver = new Driver(
    stage.scratch.settings({ mode: 'direct', handler: fromText(join(stage.scratch.root, 'slow')) }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('the start', () => stage.driver.statuses.includes('initsync'));
  stage.driver.finish(0);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 0);
});

test('settings change while running; the queues are described', async () => {
  const handler = fromText(join(stage.scratch.root, 'record'));
  await begin(
    { mode: 'direct', delayCollect: 3_600_000, delayCollectBig: 3_600_000 },
    object('', true),
  );
  stage.driver.batch(entry('waits', 2), entry('waits-big', 2, EntryFlag.big));
  await stage.driver.until('the count', () => stage.driver.backlog.waiting === 2);
  stage.driver.describe();
  await stage.driver.until('the dump', () => stage.driver.dumped.size === 7);
  assert.deepEqual(Object.fromEntries(stage.driver.dumped), {
    executor: 'waiting 2\nin hand 0\nfailing 0\n',
    failing: '',
    instance: 'status == running\n',
    'queue/0': '+1\twaits\n',
    'queue/1': '+1\twaits-big\n',
    'queue/2': '',
    'queue/3': '',
  });
  stage.driver.adjust(stage.scratch.settings({ mode: 'direct', handler }));
  await stage.driver.until('the sync', () => stage.driver.synced.length >= 2);
});

test('credit comes back in portions, not for each batch', async () => {
  await begin({ mode: 'direct', delayCollect: 3_600_000 }, object('', true));
  const { driver } = stage;
  driver.batch(entry('a', 2));
  await driver.until('the count', () => driver.backlog.waiting === 1);
  assert.equal(driver.credit, WINDOW);
  driver.batch(...Array.from({ length: PORTION }, (_, number) => entry(`many-${number}`, 2)));
  await driver.until('all of it', () => driver.credit === WINDOW + PORTION + 2);
});
