import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryFlag, ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import type { DirtyTiming } from '../../../../src/watcher/links/hard-links.js';
import { Found, NONE } from '../../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../../src/watcher/monitor/findings.js';
import { ROOT_NODE, WalkOption } from '../../../../src/watcher/monitor/monitor.js';
import type { Round } from '../../../../src/watcher/monitor/monitor.js';
import { MADE } from '../../../../src/watcher/outgoing/entries.js';
import { Walks } from '../../../../src/watcher/walks/walks.js';
import type { WalksContext } from '../../../../src/watcher/walks/walks.js';
import { finding } from '../findings.js';

/** Walks whose monitor finds what a test says; each step finds one list. */
class Tried {
  readonly begun: [node: number, options: number][] = [];
  readonly told: string[] = [];
  readonly entries: Entry[] = [];
  readonly steps: Finding[][] = [];
  readonly walks: Walks;
  time = 100;
  isLazy = false;

  constructor(settings: Partial<WalksContext['settings']> = {}) {
    const tell = (text: string) => (): void => void this.told.push(text);
    const note = ({ path, nlink }: Finding, timing: DirtyTiming): number => {
      this.told.push(`names of ${path}: ${timing}`);
      return nlink > 1 ? EntryFlag.linked : 0;
    };
    this.walks = new Walks({
      settings: {
        detail: 'recursive',
        skipInitial: false,
        fullInitial: false,
        bigFileThreshold: 0,
        settle: 0,
        movesDirectories: false,
        ...settings,
      },
      pending: {
        add: (entry) => {
          this.entries.push(entry);
          this.told.push(`${entry.path}${entry.flags & EntryFlag.recursive ? '/' : ''}`);
        },
        release: (path) => this.told.push(`released ${path}`),
        waitingOrigin: () => undefined,
      },
      hardLinks: {
        note,
        endWalk: (complete) => void this.told.push(complete ? 'other names, all' : 'other names'),
        reset: tell('names forgotten'),
        rulesChanged: tell('names unknown'),
      },
      monitor: () => ({
        walk: (node, options) => void this.begun.push([node, options]),
        step: (): Round => ({ findings: this.steps.shift() ?? [], more: true }),
        isLazy: this.isLazy,
      }),
      now: () => this.time,
      found: (found) => this.found(found),
      initialWalked: (milliseconds) => this.told.push(`walked in ${milliseconds}`),
      rulesDone: tell('rules done'),
    });
  }

  /** One step that finds these; returns what was told since the last. */
  step(...found: Finding[]): string[] {
    this.steps.push(found);
    this.walks.step(10);
    return this.told.splice(0);
  }

  private found(found: Finding): void {
    if (found.kind === Found.object) return this.walks.onObject(found);
    if (found.kind === Found.link) return this.walks.onLink(found);
    if (found.kind === Found.released) return this.walks.onReleased(found);
    if (found.kind === Found.walked) return this.walks.onWalked(found);
    this.told.push(`passed on ${found.path}`);
  }
}

const walked = (path: string, target: number): Finding => finding('walked', path, { target });

test('the initial walk tells the root as a whole, then that it is over', () => {
  const tried = new Tried();
  tried.walks.add(ROOT_NODE, 'initial');
  assert.deepEqual(tried.step(finding('refused', 'no'), finding('link', 'a')), [
    'names forgotten',
    'passed on no',
    'names of a: never',
  ]);
  assert.deepEqual([tried.walks.isActive, tried.walks.idle], [true, false]);
  tried.time = 350;
  assert.deepEqual(tried.step(walked('', ROOT_NODE)), ['/', 'other names', 'walked in 250']);
  assert.equal(tried.entries[0]?.flags, EntryFlag.recursive | EntryFlag.initial);
  assert.deepEqual(tried.begun, [[ROOT_NODE, 0]]);
  assert.ok(tried.walks.idle);
});

test('a crowd from which nothing has gone is told name by name', () => {
  for (const [mask, whole] of [
    [0, []],
    [MADE.directory, ['released d', 'd/']],
  ] as const) {
    const tried = new Tried();
    tried.walks.add(5, 'crowd', { mask });
    const told = tried.step(finding('object', 'd/f'), walked('d', 5));
    assert.deepEqual(told, ['names of d/f: with the walk', 'd/f', ...whole, 'other names']);
  }
});

test('object by object, what is found is told as made, and nothing as a whole', () => {
  const tried = new Tried({ detail: 'objects', bigFileThreshold: 10, fullInitial: true });
  tried.walks.add(ROOT_NODE, 'initial');
  const found = [
    finding('object', 'd', { type: ObjectType.directory }),
    finding('object', 'd/f', { size: 11 }),
    finding('object', 'd/g', { nlink: 2 }),
    walked('', ROOT_NODE),
  ];
  tried.step(...found);
  assert.deepEqual(
    tried.entries.map(({ path, mask, flags }) => [path, mask, flags]),
    [
      ['d', MADE.directory, EntryFlag.initial],
      ['d/f', MADE.file, EntryFlag.initial | EntryFlag.big],
      ['d/g', MADE.file, EntryFlag.initial | EntryFlag.linked],
    ],
  );
  assert.deepEqual(tried.begun, [[ROOT_NODE, WalkOption.objects | WalkOption.ignoreRules]]);
});

test('a skipped initial walk tells nothing but that it is over', () => {
  for (const detail of ['recursive', 'objects'] as const) {
    const tried = new Tried({ detail, skipInitial: true });
    tried.walks.add(ROOT_NODE, 'initial');
    assert.deepEqual(tried.step(walked('', ROOT_NODE)), [
      'names forgotten',
      'other names',
      'walked in 0',
    ]);
    assert.deepEqual(tried.begun, [[ROOT_NODE, 0]]);
  }
});

test(
  'a new directory is told with its events after what is refused in it, and the other names ' +
    'of its files with it',
  () => {
    const tried = new Tried();
    tried.walks.add(7, 'directory', { mask: 0x80, since: 5 });
    assert.deepEqual(tried.step(finding('refused', 'd/no'), finding('link', 'd/a')), [
      'passed on d/no',
      'names of d/a: with the walk',
    ]);
    assert.deepEqual(tried.step(walked('d', 7)), ['released d', 'd/', 'other names']);
    const [entry] = tried.entries;
    assert.deepEqual(
      [entry?.mask, entry?.since, entry?.before, entry?.flags],
      [0x80, 5, ObjectType.absent, EntryFlag.recursive],
    );
  },
);

test('a directory that left the tree while it was walked is not told', () => {
  const tried = new Tried();
  tried.walks.add(7, 'directory');
  assert.deepEqual(tried.step(walked('', NONE)), ['other names']);
});

test('walks are one after another; a directory waits once, with all that led to it', () => {
  const tried = new Tried();
  tried.walks.add(1, 'directory', { mask: 0x100, since: 0 });
  tried.step();
  for (const [node, mask] of [
    [2, 0x100],
    [3, 0x100],
    [2, 0x80],
    [4, 0x100],
  ] as const)
    tried.walks.add(node, 'directory', { mask, since: 0 });
  tried.walks.forget(3);
  assert.deepEqual(tried.begun.length, 1);
  for (const [path, node] of [
    ['a', 1],
    ['b', 2],
    ['d', 4],
  ] as const)
    tried.step(walked(path, node));
  assert.deepEqual(
    tried.begun.map(([node]) => node),
    [1, 2, 4],
  );
  assert.equal(tried.entries[1]?.mask, 0x180);
  assert.ok(tried.walks.idle);
});

test('a rescan of everything notes all names anew; one of a directory does not', () => {
  const tried = new Tried();
  tried.walks.add(5, 'rescan');
  assert.deepEqual(tried.step(finding('link', 'd/a')), ['names of d/a: with the walk']);
  tried.step(walked('d', 5));
  tried.walks.add(ROOT_NODE, 'rescan');
  assert.deepEqual(tried.step(finding('link', 'd/a')), ['names forgotten', 'names of d/a: never']);
  tried.step(walked('', ROOT_NODE));
  assert.deepEqual(
    tried.begun.map(([, options]) => options & WalkOption.links),
    [WalkOption.links, 0],
  );
  assert.ok(tried.entries.every(({ flags }) => (flags & EntryFlag.initial) !== 0));
});

test(
  'after a change of the rules only what they admit is told: directories by walks of their ' +
    'own',
  () => {
    for (const [detail, told] of [
      ['recursive', ['released f', 'f']],
      ['objects', ['released d', 'd', 'released f', 'f']],
    ] as const) {
      const tried = new Tried({ detail });
      tried.walks.add(ROOT_NODE, 'rules');
      const directory = { type: ObjectType.directory, target: 9 };
      assert.deepEqual(
        tried.step(
          finding('released', 'd', directory),
          finding('released', 'f'),
          walked('', ROOT_NODE),
        ),
        ['names unknown', ...told, 'other names', 'rules done'],
      );
      tried.step(walked('d', 9));
      assert.deepEqual(
        tried.begun.map(([node]) => node),
        [ROOT_NODE, 9],
      );
      assert.equal(tried.begun[0]?.[1], WalkOption.changedRules);
    }
  },
);

test('with --settle, walks that take directories whole also ask for files that may be written', () => {
  const beganWith = (settings: Partial<WalksContext['settings']>): unknown => {
    const tried = new Tried({ settle: 1000, ...settings });
    tried.walks.add(ROOT_NODE, 'initial');
    tried.step(walked('', ROOT_NODE));
    return tried.begun[0]?.[1];
  };
  assert.equal(beganWith({}), WalkOption.recent);
  assert.equal(beganWith({ settle: 0 }), 0);
  assert.equal(beganWith({ skipInitial: true }), 0);
  assert.equal(beganWith({ detail: 'objects' }), WalkOption.objects);
});
