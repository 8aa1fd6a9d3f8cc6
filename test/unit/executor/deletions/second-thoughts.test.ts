/** Which entries go on, and which are held. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { SecondThoughts } from '../../../../src/executor/deletions/second-thoughts.js';
import type { Considered, Holding } from '../../../../src/executor/deletions/holding.js';
import type { ExecutorSettings } from '../../../../src/shared/settings.js';
import { WHOLE_TREE, entry } from '../../../harness/entries.js';
import { Scratch } from '../../../harness/scratch.js';

const SITUATION = { status: 'running', iteration: 0, initial: false } as const;
const INITIAL = { ...SITUATION, initial: true };

let scratch: Scratch;
beforeEach(() => (scratch = new Scratch()));
afterEach(() => scratch.remove());

function gone(path: string): Entry {
  return { ...entry(path, 0), before: ObjectType.file, after: ObjectType.absent };
}

function changed(path: string): Entry {
  return { ...entry(path, 0), before: ObjectType.file, after: ObjectType.file };
}

class Trial {
  readonly again: Entry[] = [];
  waiting: Entry[] = [];
  names = 0;
  count = (_: readonly Entry[]): number => this.names;
  holding: Holding | undefined;
  readonly thoughts: SecondThoughts;

  constructor(settings: Partial<ExecutorSettings> = {}, collapses = true) {
    this.thoughts = new SecondThoughts(() => scratch.settings(settings), {
      removals: (entries) => Promise.resolve({ names: this.count(entries) }),
      canKeep: true,
      moves: true,
      collapses,
      waiting: () => this.waiting,
      withdraw: (isWanted) => {
        const taken = this.waiting.filter(isWanted);
        this.waiting = this.waiting.filter((one) => !isWanted(one));
        return taken;
      },
      again: (entries) => void this.again.push(...entries),
      held: (holding) => (this.holding = holding),
    });
  }

  async consider(entries: readonly Entry[], initial = false): Promise<Considered> {
    return this.thoughts.consider(entries, initial ? INITIAL : SITUATION);
  }

  /** The paths that go on. */
  async paths(entries: readonly Entry[], initial = false): Promise<readonly string[]> {
    return (await this.consider(entries, initial)).entries.map(({ path }) => path);
  }
}

const many = (count: number): Entry[] => Array.from({ length: count }, (_, i) => gone(`f${i}`));

test('what is not removed is never held, and nothing is where the source has something', () => {
  writeFileSync(join(scratch.source, 'x'), '');
  const trial = new Trial();
  const all = [...many(100), WHOLE_TREE];
  // At once: a sync does not wait for this.
  assert.deepEqual(trial.thoughts.consider(all, INITIAL), { entries: all, keeping: false });
  rmSync(join(scratch.source, 'x'));
  const changes = [changed('a')];
  assert.deepEqual(trial.thoughts.consider(changes, INITIAL), { entries: changes, keeping: false });
});

test('an empty source: one name at the start, ten later, and lost+found is nothing', async () => {
  mkdirSync(join(scratch.source, 'lost+found'));
  const first = new Trial();
  first.names = 1;
  assert.deepEqual(await first.consider([WHOLE_TREE], true), {
    entries: [WHOLE_TREE],
    keeping: true,
  });
  assert.equal(first.holding?.paths, 1);
  const none = new Trial();
  assert.equal((await none.consider([WHOLE_TREE], true)).keeping, false);
  const later = new Trial({ startedAgain: true });
  later.names = 9;
  assert.equal((await later.consider([WHOLE_TREE], true)).keeping, false);
  later.names = 10;
  assert.equal((await later.consider([WHOLE_TREE], true)).keeping, true);
  const free = new Trial({ maxDelete: { most: 100, unit: '%' } });
  free.names = 1000;
  assert.equal((await free.consider([WHOLE_TREE], true)).keeping, false);
});

test('without a destination nothing is suspected, unless rsync is run', async () => {
  for (const [mode, held] of [
    ['shell', false],
    ['rsyncshell', true],
  ] as const) {
    const { destination: _, ...rest } = scratch.settings({ mode });
    const thoughts = new SecondThoughts(() => rest, {
      removals: () => Promise.resolve({ names: 50 }),
      canKeep: false,
      moves: false,
      collapses: false,
      waiting: () => [],
      withdraw: () => [],
      again: () => undefined,
      held: () => undefined,
    });
    assert.equal((await thoughts.consider(many(50), SITUATION)).keeping, held, mode);
  }
});

test('with --two-way, a sync of the whole tree deletes nothing', async () => {
  const trial = new Trial({ twoWay: true, doubt: 'why' });
  assert.equal((await trial.consider([WHOLE_TREE], true)).keeping, false);
  assert.deepEqual(await trial.paths([gone('a'), changed('b')]), ['b']);
});

test('--max-delete counts what waits as well, and holds that, too', async () => {
  writeFileSync(join(scratch.source, 'x'), '');
  const trial = new Trial({ maxDelete: { most: 5, unit: '' } });
  trial.names = 5;
  assert.equal((await trial.consider(many(5))).keeping, false);
  trial.waiting = [gone('w'), changed('c')];
  assert.deepEqual(await trial.paths([...many(5), changed('d')]), ['d']);
  assert.deepEqual(trial.waiting, [changed('c')]);
  assert.equal(trial.holding?.paths, 6);
  trial.names = 1;
  assert.deepEqual(await trial.paths([gone('later')]), ['later'], 'what is less goes on');
});

test('names beneath a directory that is held later are counted once', async () => {
  writeFileSync(join(scratch.source, 'x'), '');
  const trial = new Trial({ maxDelete: { most: 1, unit: '' } });
  trial.count = (entries) => new Set(entries.map(({ path }) => path.split('/')[0])).size + 9;
  await trial.consider([gone('d/a'), gone('d/b')]);
  await trial.consider([gone('d')]);
  assert.equal(trial.holding?.paths, 10);
});

test('a directory that becomes a file is a deletion, a new directory is none', async () => {
  const trial = new Trial({ doubt: 'why' });
  const replaced = { ...changed('d'), before: ObjectType.directory };
  const made = {
    ...entry('n', 0, EntryFlag.recursive),
    before: ObjectType.absent,
    after: ObjectType.directory,
  };
  assert.deepEqual(await trial.paths([replaced, made]), ['n']);
});

test('approval lets go what is held then, once', async () => {
  const trial = new Trial({ requireFile: fromText('missing') });
  await trial.consider([gone('a')]);
  trial.thoughts.approve();
  assert.deepEqual(trial.again, [gone('a')]);
  assert.equal(trial.holding?.paths, 0);
  assert.deepEqual(await trial.paths([gone('a')]), ['a']);
  // Beside others that are held it waits for a sync of its own.
  trial.again.length = 0;
  assert.deepEqual(await trial.paths([gone('a'), gone('b')]), []);
  assert.deepEqual(trial.again, [gone('a')]);
  trial.thoughts.settled([gone('a')], false);
  assert.deepEqual(await trial.paths([gone('a')]), []);
  trial.thoughts.stop();
});

test('what is there again is not held any longer; what was synced without deleting is', async () => {
  const trial = new Trial({ doubt: 'why' });
  await trial.consider([gone('a'), gone('b'), WHOLE_TREE], true);
  trial.thoughts.settled([WHOLE_TREE], true);
  assert.equal(trial.holding?.paths, 3);
  trial.thoughts.settled([changed('a')], true);
  assert.equal(trial.holding?.paths, 2);
  trial.thoughts.settled([WHOLE_TREE], false);
  assert.equal(trial.holding?.paths, 0);
});

test('very many held names become one sync of the whole tree', async () => {
  const trial = new Trial({ doubt: 'why' });
  await trial.consider(many(40_000));
  trial.thoughts.approve();
  assert.deepEqual(
    trial.again.map(({ path, flags }) => [path, flags & EntryFlag.recursive]),
    [['', EntryFlag.recursive]],
  );
  const listed = new Trial({ doubt: 'why' }, false);
  await listed.consider(many(40_000));
  assert.equal(listed.holding?.paths, 40_000);
});

test('what cannot be counted is a failure of the sync', async () => {
  const failure = { exit: 12, reason: 'no host' } as never;
  const thoughts = new SecondThoughts(() => scratch.settings(), {
    removals: () => Promise.resolve({ failure }),
    canKeep: true,
    moves: false,
    collapses: true,
    waiting: () => [],
    withdraw: () => [],
    again: () => undefined,
    held: () => undefined,
  });
  assert.deepEqual(await thoughts.consider([WHOLE_TREE], INITIAL), {
    entries: [WHOLE_TREE],
    keeping: false,
    failure,
  });
});

test('what a sync has kept although nothing told of it is held with the rest', async () => {
  const trial = new Trial({ requireFile: fromText('missing') });
  assert.deepEqual(await trial.paths([gone('a'), changed('b')]), ['b']);
  trial.thoughts.settled([changed('b')], true, [gone('b/c')]);
  assert.equal(trial.holding?.paths, 2);
  trial.thoughts.approve();
  // Of a sync that was going on.
  trial.thoughts.settled([], true, [gone('d')]);
  assert.deepEqual(
    trial.again.map(({ path }) => path),
    ['a', 'b/c', 'd'],
  );
});

test('what waits to be moved is not removed', async () => {
  writeFileSync(join(scratch.source, 'x'), '');
  const trial = new Trial({ maxDelete: { most: 1, unit: '' } });
  trial.names = 1;
  trial.waiting = [gone('old'), { ...changed('new'), origin: fromText('old') }];
  assert.equal((await trial.consider([gone('a')])).keeping, false);
  trial.waiting = [gone('old')];
  assert.equal((await trial.consider([gone('a')])).keeping, true);
});

test('what takes the place of a directory whose deletion is held is held with it', async (scope) => {
  const trial = new Trial({ requireFile: fromText('here') });
  scope.after(() => trial.thoughts.stop());
  const removed = { ...gone('d'), before: ObjectType.directory };
  assert.deepEqual(await trial.paths([removed, changed('x')]), ['x']);
  const made = { ...entry('d', 0), before: ObjectType.absent, after: ObjectType.file };
  assert.deepEqual(await trial.consider([made, changed('x')]), {
    entries: [changed('x')],
    keeping: true,
  });
  // A file in the place of a file deletes nothing that is not there again.
  assert.deepEqual(await trial.paths([gone('f')]), []);
  assert.deepEqual(await trial.paths([{ ...made, path: fromText('f') }]), ['f']);
  writeFileSync(join(scratch.source, 'here'), '');
  trial.thoughts.reconsider();
  assert.deepEqual(
    trial.again.map(({ path, before, after }) => [path, before, after]),
    [
      ['d', ObjectType.directory, ObjectType.file],
      ['f', ObjectType.file, ObjectType.absent],
    ],
  );
});
