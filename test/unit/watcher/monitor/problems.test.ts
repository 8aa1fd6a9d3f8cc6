import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { MONITORS } from '../../../../src/shared/monitors.js';
import { Problem } from '../../../../src/watcher/monitor/findings.js';
import { Problems } from '../../../../src/watcher/monitor/problems.js';
import { Rescans } from '../../../../src/watcher/walks/rescans.js';
import { Timers } from '../../../../src/watcher/timers.js';
import { finding } from '../findings.js';

const MANY = 3000;

function unwatched(name: string): ReturnType<typeof finding> {
  const { EACCES } = constants.errno;
  return finding('problem', name, { detail: Problem.watch, errno: EACCES });
}

test('a directory that cannot be watched asks for another walk, reported or not', () => {
  const told: string[] = [];
  const problems = new Problems((_, text) => told.push(text), MONITORS.inotify.limits);
  for (let i = 0; i < MANY; i++) assert.ok(problems.note(unwatched(`directory ${i}`)));
  assert.ok(told.length > 0 && told.length < MANY, 'the log is bounded');
  const before = told.length;
  assert.ok(problems.note(unwatched('directory 0')), 'also when it is found again');
  assert.equal(told.length, before);
});

test('one walk at a time is planned for all of them', () => {
  const planned: (() => void)[] = [];
  const timers = new (class extends Timers {
    override after(_: number, action: () => void): void {
      planned.push(action);
    }
  })();
  let walks = 0;
  const rescans = new Rescans({ timers, now: () => 0, rescan: () => walks++ });
  for (let i = 0; i < MANY; i++) rescans.forUnwatched(() => undefined);
  assert.equal(planned.length, 1);
  planned[0]?.();
  assert.equal(walks, 1);
  rescans.forUnwatched(() => undefined);
  assert.equal(planned.length, 2, 'what is still not watched is tried again');
});
