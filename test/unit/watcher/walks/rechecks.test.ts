/** All directories are compared every so often. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectType } from '../../../../src/shared/entry.js';
import { changesAfter } from '../../../../src/watcher/walks/comparisons.js';
import type { ComparisonRound } from '../../../../src/watcher/walks/comparisons.js';
import { Rechecks } from '../../../../src/watcher/walks/rechecks.js';
import { finding } from '../findings.js';

const INTERVAL = 3_600_000;
/** Milliseconds since 1970 at which these tests begin. */
const EPOCH = 1_000_000_000;

class Tried {
  /** By node: the digest, and the latest change. Undefined: it is not there. */
  readonly directories: ([digest: number, latest: number] | undefined)[] = [];
  readonly changed: [node: number, since: number][] = [];
  readonly rechecks: Rechecks;
  /** How far the wall clock was set. */
  set = 0;
  private time = 0;
  private round: ComparisonRound | undefined;
  private planned: (() => void) | undefined;

  constructor(interval = INTERVAL) {
    this.rechecks = new Rechecks({
      interval,
      timers: {
        after: (milliseconds, action) => {
          assert.equal(milliseconds, INTERVAL);
          this.planned = action;
        },
      },
      comparisons: { begin: (round) => (this.round = round) },
      monitor: () => ({ nodes: this.directories.length }),
      now: () => this.time,
      wall: () => this.wall,
      changed: (node, since) => this.changed.push([node, since]),
    });
  }

  get wall(): number {
    return EPOCH + this.time + this.set;
  }

  get hasBegun(): boolean {
    return this.round !== undefined;
  }

  /** Makes a round of comparisons, an interval after the last. Returns what has changed. */
  compare(): [node: number, since: number][] {
    this.time += INTERVAL;
    this.planned?.();
    const { round } = this;
    assert.ok(round);
    for (let next = round.next(); next !== undefined; next = round.next()) {
      assert.ok(next !== 'none' && !next.mayWatch);
      const [digest, latest] = this.directories[next.node] ?? [0, 0];
      const type =
        this.directories[next.node] === undefined ? ObjectType.absent : ObjectType.directory;
      round.take(
        finding('polled', '', { target: next.node, type, signatureLow: digest, since: latest }),
      );
    }
    round.over();
    return this.changed.splice(0);
  }
}

test('without an interval nothing is compared', () => {
  const tried = new Tried(0);
  tried.rechecks.start();
  assert.ok(!tried.hasBegun);
});

test('the first round only learns; a directory that differs later is told', () => {
  const tried = new Tried();
  tried.directories.push([1, 5000], [2, 6000], undefined);
  tried.rechecks.start();
  assert.deepEqual(tried.compare(), []);
  assert.deepEqual(tried.compare(), []);
  tried.directories[1] = [3, tried.wall - 500];
  assert.deepEqual(tried.compare(), [[1, 5000]], 'since the latest change that was known');
  assert.deepEqual(tried.compare(), []);
});

test('what changed before the first round came to it, or was made later, is told', () => {
  const tried = new Tried();
  tried.directories.push([1, 5000], [2, tried.wall + 10]);
  tried.rechecks.start();
  assert.deepEqual(
    tried.compare().map(([node]) => node),
    [1],
  );
  tried.directories.push([7, tried.wall + 10], [8, 5000]);
  assert.deepEqual(
    tried.compare().map(([node]) => node),
    [2],
  );
  tried.rechecks.forget(3);
  assert.deepEqual(tried.compare(), []);
});

test('what is changing while it is compared is compared as unknown the next time', () => {
  const tried = new Tried();
  tried.directories.push([1, EPOCH + INTERVAL]);
  tried.rechecks.start();
  assert.deepEqual(
    tried.compare().map(([node]) => node),
    [0],
  );
  assert.deepEqual(
    tried.compare().map(([node]) => node),
    [0],
    'in the same tick it may have changed again',
  );
  assert.deepEqual(tried.compare(), []);
});

test('where a file is from the future, all later changes are asked for', () => {
  assert.equal(changesAfter(5000, 100_000), 4000);
  assert.equal(changesAfter(100_500, 100_000), 99_500, 'clocks differ a little');
  assert.equal(changesAfter(200_000, 100_000), 0);
});

test('a clock that is set back hides no change', () => {
  const tried = new Tried();
  tried.directories.push([1, tried.wall]);
  tried.rechecks.start();
  tried.compare();
  tried.set = -24 * INTERVAL;
  tried.directories[0] = [2, tried.wall];
  tried.directories.push([3, tried.wall]);
  assert.deepEqual(tried.compare(), [
    [0, EPOCH - 1000],
    [1, 0],
  ]);
  tried.directories[0] = [4, tried.wall - 500];
  assert.deepEqual(
    tried.compare().map(([node]) => node),
    [0],
  );
});
