import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HardLinks } from '../../../../src/watcher/links/hard-links.js';
import { finding, inode } from '../findings.js';

test('the end of a search is told to those who wait for it, also when it has found nothing', () => {
  const timers: (() => void)[] = [];
  const steps = [true, false];
  let woken = 0;
  const links = new HardLinks({
    together: true,
    monitor: () => ({
      search: () => undefined,
      searchIn: () => [],
      searchName: () => [],
      searchStep: () => ({ findings: [], more: steps.shift() ?? false }),
      pathOf: () => undefined,
    }),
    dirty: () => assert.fail('nothing is found'),
    after: (_, action) => timers.push(action),
    wake: () => woken++,
    now: () => 0,
  });
  links.note(finding('object', 'f', { inode: inode(1), nlink: 2 }), 'now');
  links.look();
  assert.ok(!links.idle);
  for (const fire of timers.splice(0)) fire();
  assert.ok(links.idle);
  assert.equal(woken, 1);
});
