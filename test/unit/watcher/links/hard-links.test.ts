import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { HardLinks } from '../../../../src/watcher/links/hard-links.js';
import type { HardLinksContext } from '../../../../src/watcher/links/hard-links.js';
import { NOTICED } from '../../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../../src/watcher/monitor/findings.js';
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
    deletionsTouch: false,
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
    deletionsTouch: false,
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

/** Links whose only search finds these, once all that are asked for are known. */
class Searched {
  readonly dirty: string[] = [];
  readonly links: HardLinks;
  private readonly timers: (() => void)[] = [];

  constructor(found: Finding[]) {
    const steps = [[], found];
    this.links = new HardLinks({
      together: true,
      deletionsTouch: false,
      monitor: () => ({
        ...findingNothing(() => false),
        searchStep: () => ({ findings: steps.shift() ?? [], more: steps.length > 0 }),
        pathOf: () => fromText(''),
      }),
      dirty: (path) => this.dirty.push(path),
      after: (_, action) => this.timers.push(action),
      wake: () => undefined,
      now: () => 0,
    });
  }

  finish(): void {
    this.links.look();
    for (let next = this.timers.shift(); next !== undefined; next = this.timers.shift()) next();
    this.links.step(100);
  }
}

const changed = (path: string, parts: Partial<Finding>): Finding =>
  finding('object', path, { mask: IN.MODIFY, first: IN.MODIFY, ...parts });

test('until all files have been looked at, each that was there may be one of several', () => {
  const tried = new Searched([]);
  const note = (more: Partial<Finding>): number => tried.links.note(changed('f', more), 'now');
  assert.equal(note({ first: IN.CREATE }), 0);
  assert.equal(note({ first: IN.MODIFY | IN.ISDIR }), 0);
  assert.equal(note({}), EntryFlag.linked);
  assert.ok(tried.links.idle, 'nobody waits for the look at all files');
  tried.finish();
  tried.links.settled();
  assert.equal(note({ since: 100 }), 0);
  tried.links.rulesChanged();
  assert.equal(note({}), EntryFlag.linked);
});

test('a name that the search comes across is dirty only if its inode has changed', () => {
  const [one, other] = [
    { inode: inode(1), nlink: 2 },
    { inode: inode(2), nlink: 2 },
  ];
  const noticed = (path: string, more: Partial<Finding>): Finding =>
    finding('link', path, { detail: NOTICED, ...more });
  const tried = new Searched([noticed('b', one), noticed('c', other), noticed('d', other)]);
  tried.links.note(changed('x', {}), 'now');
  tried.links.look();
  tried.links.note(changed('a', one), 'now'); // searched for only after this search
  tried.finish();
  assert.deepEqual(tried.dirty.sort(), ['a', 'b']);
  tried.links.note(changed('c', other), 'now');
  tried.links.step(100);
  assert.deepEqual(tried.dirty, ['a', 'b', 'd']);
});
