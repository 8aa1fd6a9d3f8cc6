import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basename, fromText } from '../../../../src/shared/bytes.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { Links } from '../../../../src/watcher/links/links.js';
import { NameSearch } from '../../../../src/watcher/links/name-search.js';
import { LEFT, UNIDENTIFIED, numberOf } from '../../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../../src/watcher/monitor/findings.js';
import { finding, inode } from '../findings.js';

/** A search in a tree of the names that a test says, by the node of their directory. */
class Tried {
  readonly links = new Links();
  readonly found: string[] = [];
  readonly settled: [number: string, path: string | undefined][] = [];
  /** What was asked of the monitor. */
  readonly asked: { readonly inodes: readonly string[]; readonly since: number }[] = [];
  readonly near: number[] = [];
  readonly pauses: number[] = [];
  readonly search: NameSearch;
  time = 1000;
  /** Milliseconds that it takes to search one directory first. */
  nearTakes = 0;
  private readonly timers: (() => void)[] = [];
  private steps: Finding[][] = [];

  constructor(private readonly tree: readonly Finding[]) {
    this.search = new NameSearch({
      links: this.links,
      monitor: () => ({
        search: (inodes, since) => {
          this.asked.push({ inodes, since });
          this.steps = this.tree.map((name) => [name]);
        },
        searchIn: (node) => {
          this.near.push(node);
          this.time += this.nearTakes;
          return this.tree.filter((name) => name.node === node);
        },
        searchStep: () => {
          this.time += 10;
          const findings = this.steps.shift() ?? [];
          return { findings, more: this.steps.length > 0 };
        },
      }),
      found: (name) => {
        this.found.push(name.path);
        this.links.note(name.node, basename(name.path), name.inode, name.nlink);
      },
      settled: (number, name) => this.settled.push([number, name?.path]),
      after: (milliseconds, action) => {
        this.pauses.push(milliseconds);
        this.timers.push(action);
      },
      now: () => this.time,
    });
  }

  /** A name that is known. */
  know(node: number, name: string, key: string, nlink: number): void {
    this.links.note(node, fromText(name), key, nlink);
  }

  /** Lets the search come to its end. */
  finish(): void {
    this.search.begin();
    for (let next = this.timers.shift(); next !== undefined; next = this.timers.shift()) next();
  }
}

const name = (path: string, node: number, key: string, nlink = 2): Finding =>
  finding('link', path, { node, inode: key, nlink });

test('the other name of an inode is looked for where the known one is, then everywhere', () => {
  const key = inode(7);
  const beside = new Tried([name('d/a', 1, key), name('d/b', 1, key)]);
  beside.know(1, 'b', key, 2);
  beside.search.want(key, 1);
  assert.equal(beside.search.idle, false);
  beside.finish();
  assert.deepEqual([beside.near, beside.found], [[1], ['d/a', 'd/b']]);
  assert.deepEqual(beside.pauses, [], 'nothing was left to look for');

  const elsewhere = new Tried([name('x', 0, inode(8)), name('e/a', 2, key)]);
  elsewhere.know(1, 'b', key, 2);
  elsewhere.search.want(key, 1);
  elsewhere.finish();
  assert.ok(elsewhere.found.includes('e/a'));
  assert.ok(elsewhere.search.idle);
});

test('an inode of which all names are known, or were looked for, is not looked for', () => {
  const key = inode(7);
  const tried = new Tried([]);
  tried.know(1, 'a', key, 2);
  tried.know(1, 'b', key, 2);
  tried.search.want(key, 1);
  assert.ok(tried.search.idle);
  tried.know(1, 'b', key, 3);
  tried.search.want(key, 1);
  tried.finish();
  assert.equal(tried.asked.length, 1);
  tried.search.want(key, 1);
  assert.ok(tried.search.idle, 'the third name is outside the watch directory');
  tried.know(1, 'b', key, 4);
  tried.search.want(key, 1);
  assert.equal(tried.search.idle, false, 'there is another since');
});

test('all questions of a time are one search, and those that come meanwhile the next', () => {
  const tried = new Tried([name('x', 0, inode(1)), name('y', 0, inode(2))]);
  for (const number of [7, 8]) tried.search.want(inode(number), 1);
  tried.search.begin();
  tried.search.want(inode(9), 1);
  tried.search.begin();
  assert.equal(tried.asked.length, 1);
  tried.finish();
  assert.deepEqual(
    tried.asked.map(({ inodes }) => inodes.length),
    [2, 1],
  );
});

test('a search takes a tenth of the time', () => {
  const tried = new Tried([1, 2, 3].map((number) => name(`x${number}`, 0, inode(number))));
  tried.search.want(inode(7), 5);
  tried.finish();
  assert.deepEqual(tried.pauses, [90, 90]);
});

test('a directory that takes long to list is followed by a rest, even if that was enough', () => {
  const keys = [inode(7), inode(8)] as const;
  const tried = new Tried(
    keys.flatMap((key, node) => ['a', 'b'].map((last) => name(`${node}/${last}`, node, key))),
  );
  tried.nearTakes = 100;
  tried.know(0, 'a', keys[0], 2);
  tried.search.want(keys[0], 0);
  tried.search.begin();
  assert.ok(tried.search.idle);
  tried.know(1, 'a', keys[1], 2);
  tried.search.want(keys[1], 1);
  tried.search.begin();
  assert.deepEqual([tried.near, tried.pauses], [[0], [900]]);
  tried.finish();
  assert.deepEqual(tried.near, [0, 1]);
  assert.ok(tried.search.idle);
});

test('of an inode known by its number one name is enough; none is an answer, too', () => {
  const [there, absent] = [inode(7), inode(8)].map((key) =>
    numberOf(finding('link', '', { inode: key })),
  );
  const tried = new Tried([name('d/a', 2, inode(7), 1)]);
  for (const number of [there, absent]) tried.search.wantNumber(number as string, 1);
  tried.finish();
  assert.deepEqual(tried.settled, [
    [there, 'd/a'],
    [absent, undefined],
  ]);
});

test('a write through a name that nobody saw leads to a search for what changed since', () => {
  const arrival = IN.CREATE;
  const touched = IN.CREATE | IN.CLOSE_WRITE;
  const event = (mask: number, since: number, detail = 0): Finding =>
    finding('object', 'd/f', { mask, since, detail });
  for (const [what, events, searched] of [
    [
      'a name that came twice, and was written to first',
      [event(touched, 900), event(arrival, 950)],
      true,
    ],
    ['a name that came once', [event(touched, 900)], false],
    [
      'a name that came twice and was not written to',
      [event(arrival, 900), event(arrival, 950)],
      false,
    ],
    [
      'a name that was written to, and then came',
      [event(IN.ATTRIB, 900), event(arrival, 950)],
      true,
    ],
    ['a name that was written to twice', [event(IN.ATTRIB, 900), event(IN.ATTRIB, 950)], false],
    ['a name that is known to have been another inode', [event(0, 900, UNIDENTIFIED)], true],
  ] as const) {
    const tried = new Tried([]);
    tried.know(9, 'a', inode(1), 2);
    tried.links.completeSince = 0;
    for (const one of events) tried.search.suspect(one);
    const before = Date.now() - 100;
    tried.finish();
    assert.equal(tried.asked.length, searched ? 1 : 0, what);
    const { since = Infinity } = tried.asked[0] ?? {};
    if (searched) assert.ok(since <= Date.now() - 100 && since > before - 5000, what);
  }
});

test('the search begins with the time of the change, however late its event was read', () => {
  const tried = new Tried([]);
  tried.know(9, 'a', inode(1), 2);
  tried.links.completeSince = 500;
  for (const detail of [UNIDENTIFIED, LEFT])
    tried.search.suspect(finding('object', 'd/f', { since: 900, after: 300, detail }));
  tried.finish();
  const { since = Infinity } = tried.asked[0] ?? {};
  const after = Date.now() - 700;
  assert.ok(since < after + 100, `${since - after} ms after it`);
});

test('once all events have been looked at, a name that comes again much later is no suspect', () => {
  const tried = new Tried([]);
  tried.know(9, 'a', inode(1), 2);
  for (const mask of [IN.CREATE | IN.MODIFY, IN.MODIFY])
    for (const [later, isIdle] of [
      [60, true],
      [10, false],
    ] as const) {
      const event = { mask, since: tried.time - 100 };
      tried.search.suspect(finding('object', 'd/f', event));
      tried.search.settled();
      tried.search.suspect(
        finding('object', 'd/f', { mask: IN.CREATE, since: tried.time + later }),
      );
      assert.equal(tried.search.idle, isIdle);
      tried.finish();
      tried.search.settled();
      tried.time += 1000;
      tried.search.settled();
    }
});

test('in a tree without hard links nothing is suspected', () => {
  const tried = new Tried([]);
  tried.links.completeSince = 0;
  tried.search.suspect(finding('object', 'f', { detail: UNIDENTIFIED }));
  assert.ok(tried.search.idle);
});

test('as long as not all files have been looked at, what is suspected leads to that', () => {
  for (const detail of [UNIDENTIFIED, LEFT]) {
    const tried = new Tried([]);
    const suspect = (since: number): void =>
      tried.search.suspect(finding('object', 'f', { detail, since }));
    suspect(tried.time);
    tried.finish();
    tried.search.settled();
    suspect(tried.time + 100);
    tried.finish();
    assert.equal(tried.asked.length, 1);
    suspect(tried.time - 1); // its other name may have been looked at when it was no longer one of two
    tried.finish();
    assert.equal(tried.asked.length, 2);
  }
});

test('a search that only looks at all files keeps nobody waiting, and is made once', () => {
  const tried = new Tried([]);
  tried.search.wantAll();
  assert.ok(tried.search.idle);
  tried.finish();
  tried.search.wantAll();
  tried.finish();
  assert.deepEqual(tried.asked, [{ inodes: [], since: Infinity }]);
});
