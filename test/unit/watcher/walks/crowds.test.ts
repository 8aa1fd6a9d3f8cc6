/** Crowds: when their directories are walked, and whom that keeps waiting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { MADE } from '../../../../src/watcher/outgoing/entries.js';
import type { Outbox } from '../../../../src/watcher/outgoing/outbox.js';
import { Probes } from '../../../../src/watcher/probes.js';
import { Crowds } from '../../../../src/watcher/walks/crowds.js';
import type { Cause } from '../../../../src/watcher/walks/walks.js';
import { finding } from '../findings.js';

class Tried {
  readonly walked: [node: number, cause: Partial<Cause>][] = [];
  readonly pauses: number[] = [];
  private readonly timers: (() => void)[] = [];
  readonly crowds = new Crowds({
    timers: {
      after: (milliseconds, action) => {
        this.pauses.push(milliseconds);
        this.timers.push(action);
      },
    },
    now: () => 100,
    wall: () => 1_000_100,
    walk: (node, cause) => this.walked.push([node, cause]),
  });

  add(target: number, mask: number, since: number): void {
    this.crowds.add(finding('crowd', '', { target, mask, since, after: since - 1 }));
  }

  pass(): unknown[] {
    for (const timer of this.timers.splice(0)) timer();
    return this.walked.splice(0);
  }
}

test('one walk is for all that came before it, from the first on, with longer pauses', () => {
  const tried = new Tried();
  tried.add(7, IN.CREATE, 60);
  tried.add(8, IN.DELETE, 70);
  tried.add(7, IN.MOVED_TO | IN.ISDIR, 80);
  tried.add(9, IN.CREATE | IN.CLOSE_WRITE, 85);
  const moved = MADE.directory | IN.MOVED_TO;
  assert.deepEqual(tried.pass(), [
    [7, { mask: moved, since: 60, changedSince: 1_000_000 + 59 - 50 }],
    [8, { mask: MADE.directory, since: 70, changedSince: 1_000_000 + 69 - 50 }],
    [9, { mask: 0, since: 85, changedSince: 1_000_000 + 84 - 50 }],
  ]);
  tried.add(7, IN.CREATE, 90);
  tried.crowds.forget(7);
  assert.deepEqual(tried.pass(), []);
  assert.deepEqual(tried.pauses, [20, 40]);
});

test('who asks waits for the walks that were due by then, and for no later ones', () => {
  const tried = new Tried();
  const probes = new Probes();
  const outbox = { afterPending: (keep) => keep() } as Pick<Outbox, 'afterPending'> as Outbox;
  const answered: string[] = [];
  tried.add(7, IN.CREATE, 1);
  probes.add(outbox, () => answered.push('first'), 1);
  probes.answer(0, tried.crowds);
  tried.add(8, IN.CREATE, 1);
  probes.answer(1, tried.crowds);
  tried.pass();
  tried.add(7, IN.CREATE, 2);
  probes.answer(1, tried.crowds);
  assert.deepEqual(answered, ['first']);
  probes.add(outbox, () => answered.push('second'), 1);
  probes.answer(1, tried.crowds);
  assert.deepEqual(answered, ['first']);
});
