import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeState } from '../../../../src/executor/reports/dump.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { entry } from '../../../harness/entries.js';

test('a dump tells what fails from what merely changed under the handler', () => {
  const backlog = new Queues({ normal: 0, big: 0, sync: 0 });
  for (const name of ['failing', 'changed', 'hand']) backlog.add(entry(name, 2), 0);
  const [failing, changed, hand] = backlog.take(0, () => false);
  assert.ok(failing && changed && hand);
  backlog.hold([failing], { due: 9, dueIfChanged: 9, failing: true });
  backlog.hold([changed], { due: 9, dueIfChanged: 9, failing: false });
  backlog.add(entry('new', 2), 0);
  assert.equal(backlog.failing, 1);
  assert.deepEqual(
    [...describeState('running', backlog)].map(({ file, text }) => [file, text]),
    [
      ['executor', 'waiting 3\nin hand 1\nfailing 1\n'],
      ['failing', 'failing\n'],
      ['instance', 'status == running\nhand\n'],
      ['queue/0', '+1\tnew\n'],
      ['queue/1', ''],
      ['queue/2', ''],
      ['queue/3', '+1\tchanged\n'],
    ],
  );
});
