import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { WATCHED } from '../../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../../src/watcher/monitor/findings.js';
import { Timers } from '../../../../src/watcher/timers.js';
import { Comparisons } from '../../../../src/watcher/walks/comparisons.js';
import type { ComparisonsContext } from '../../../../src/watcher/walks/comparisons.js';
import { Polls } from '../../../../src/watcher/walks/polls.js';
import { finding } from '../findings.js';

const INTERVAL = 60_000;
const LONG_AGO = 1000;

/** Directories with digests that a test changes, by their nodes. */
class Tried {
  readonly digests = new Map<number, number>();
  /** Watches that are free. */
  free = 0;
  /** Of each attempt to compare: whether it was tried to watch. */
  readonly attempts: boolean[] = [];
  readonly opened = new Map<BytePath, Finding>();
  changed: number[] = [];
  found: string[] = [];
  readonly polls: Polls;
  private readonly planned: (() => void)[] = [];
  private readonly delays: number[] = [];
  private time = 0;
  private comparing = 0;
  private gotWatch = false;

  constructor() {
    const timers = new (class extends Timers {
      constructor(private readonly tried: Tried) {
        super();
      }
      override after(milliseconds: number, action: () => void): void {
        this.tried.delays.push(milliseconds);
        this.tried.planned.push(action);
      }
    })(this);
    const context: ComparisonsContext = {
      timers,
      now: () => this.time++,
      monitor: () => ({
        nodes: 0,
        poll: (node, mayWatch) => {
          this.attempts.push(mayWatch);
          this.comparing = node;
          this.gotWatch = mayWatch && this.free-- > 0;
        },
        pollStep: () => ({ findings: [this.polled(this.comparing)], more: false }),
        pollClosed: (path) => {
          const found = this.opened.get(path);
          return found === undefined ? [] : [found];
        },
      }),
    };
    this.polls = new Polls({
      ...context,
      interval: INTERVAL,
      comparisons: new Comparisons(context),
      wall: () => Date.now(),
      changed: (node) => this.changed.push(node),
      found: ({ path }) => this.found.push(path),
    });
  }

  /** Lets one round be made, if one is planned. Returns what has changed. */
  round(): number[] {
    assert.deepEqual(this.delays.slice(0, 1), this.planned.length > 0 ? [INTERVAL] : []);
    for (let next = this.planned.shift(); next !== undefined; next = this.planned.shift()) {
      this.delays.shift();
      next();
      if (this.delays[0] === INTERVAL) break;
    }
    const { changed } = this;
    this.changed = [];
    return changed.sort((a, b) => a - b);
  }

  get isPlanned(): boolean {
    return this.planned.length > 0;
  }

  private polled(target: number): Finding {
    return finding('polled', '', {
      target,
      since: LONG_AGO,
      signatureLow: this.digests.get(target) ?? 0,
      detail: this.gotWatch ? WATCHED : 0,
      errno: this.gotWatch ? 0 : constants.errno.ENOSPC,
    });
  }
}

test('a directory without a watch is reported when it has changed, and the first time', () => {
  const tried = new Tried();
  for (const node of [1, 2, 3]) tried.polls.add(node);
  assert.deepEqual(tried.round(), [1, 2, 3], 'it may have changed before it was first compared');
  assert.deepEqual(tried.round(), []);
  tried.digests.set(2, 7);
  assert.deepEqual(tried.round(), [2]);
  tried.polls.forget(2);
  tried.digests.set(2, 8);
  assert.deepEqual(tried.round(), []);
});

test('watches that are free are used; once there is none, no more are tried in that round', () => {
  const tried = new Tried();
  for (const node of [1, 2, 3, 4]) tried.polls.add(node);
  tried.round();
  assert.deepEqual(tried.attempts.splice(0), [true, false, false, false]);
  tried.free = 2;
  tried.digests.set(1, 7);
  assert.deepEqual(tried.round(), [1], 'what changed before it was watched');
  assert.deepEqual(tried.attempts.splice(0), [true, true, true, false]);
  assert.equal(tried.polls.unwatched, 2);
  tried.free = 2;
  tried.round();
  assert.equal(tried.polls.unwatched, 0);
  assert.ok(!tried.isPlanned);
});

test('what changes without events is compared although it has a watch, and not counted', () => {
  const tried = new Tried();
  tried.free = 1;
  tried.polls.addSilent(1);
  assert.equal(tried.polls.unwatched, 0);
  assert.deepEqual(tried.round(), [1]);
  assert.deepEqual(tried.round(), []);
  tried.digests.set(1, 7);
  assert.deepEqual(tried.round(), [1]);
  tried.polls.forget(1);
  tried.round();
  assert.ok(!tried.isPlanned);
});

test('a directory that cannot be opened is looked at again until it can', () => {
  const tried = new Tried();
  const path = fromText('closed');
  tried.polls.addClosed(path);
  tried.round();
  assert.deepEqual([tried.found, tried.isPlanned], [[], true]);
  tried.opened.set(path, finding('directory', 'closed'));
  tried.round();
  assert.deepEqual([tried.found, tried.isPlanned], [['closed'], false]);
  assert.equal(tried.polls.unwatched, 0);
});

test('a directory that could not be read to its end is reported once more, and not counted', () => {
  const tried = new Tried();
  tried.free = 1;
  tried.polls.addUnread(1);
  assert.equal(tried.polls.unwatched, 0);
  assert.deepEqual([tried.round(), tried.isPlanned], [[1], false]);
});
