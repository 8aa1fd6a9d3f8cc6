import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrewSettings } from '../../../src/master/crew-settings.js';
import { Grounds } from '../../../src/master/ground/grounds.js';
import type { Ground } from '../../../src/master/ground/ground.js';
import type { RoleSettings } from '../../../src/master/crew-terms.js';

test('each order to pause or go on has a higher number than those before, also when the clock is set back', (scope) => {
  scope.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const ground = { identities: {}, doubt: () => undefined } as Partial<Ground> as Ground;
  const settings = new CrewSettings(
    { watcher: {}, executors: [{}, {}] } as unknown as RoleSettings,
    new Grounds(ground),
    { isPaused: false, pauseNumber: 7, of: [] },
    () => undefined,
  );
  const told = (): unknown[] =>
    settings.now.executors.map(({ paused, pauseNumber }) => [paused, pauseNumber]);
  assert.equal(settings.pause(true), true);
  assert.deepEqual(told(), [
    [true, 8],
    [true, 8],
  ]);
  scope.mock.timers.setTime(1000);
  assert.equal(settings.pause(true), false);
  assert.equal(settings.pause(false), true);
  assert.deepEqual(told()[0], [false, 9]);
});
