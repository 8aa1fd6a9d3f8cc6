import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import { HardLinks } from '../../../../src/watcher/links/hard-links.js';
import type { HardLinksContext } from '../../../../src/watcher/links/hard-links.js';
import { finding, inode } from '../findings.js';

/** A monitor whose searches find nothing. @param more whether a step leaves something to do */
function findingNothing(more: () => boolean): ReturnType<HardLinksContext['monitor']> {
  return {
    search: () => undefined,
    searchIn: () => [],
    searchName: () => [],
    searchStep: () => ({ findings: [], more: more() }),
    pathOf: () => undefined,
  };
}

test('the end of a search is told to those who wait for it, also when it has found nothing', () => {
  const timers: (() => void)[] = [];
  const steps = [true, false];
  let woken = 0;
  const links = new HardLinks({
    together: true,
    monitor: () => findingNothing(() => steps.shift() ?? false),
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

test('a name is told to be one of several while it is, and once when it no longer is', () => {
  const links = new HardLinks({
    together: true,
    monitor: () => findingNothing(() => false),
    dirty: () => undefined,
    after: () => undefined,
    wake: () => undefined,
    now: () => 0,
  });
  const { linked } = EntryFlag;
  const note = (name: string, more: Parameters<typeof finding>[2]): number =>
    links.note(finding('object', name, more), 'now');
  assert.deepEqual(
    [
      note('a', { inode: inode(1), nlink: 1 }),
      note('a', { inode: inode(1), nlink: 2 }),
      note('b', { inode: inode(1), nlink: 2 }),
      note('a', { type: ObjectType.absent }),
      note('a', { type: ObjectType.absent }),
      note('b', { inode: inode(1), nlink: 1 }),
      note('b', { inode: inode(1), nlink: 1 }),
    ],
    [0, linked, linked, linked, 0, linked, 0],
  );
});
