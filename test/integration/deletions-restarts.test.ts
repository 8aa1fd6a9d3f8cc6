/** What was known at the last sync holds deletions at the next start (`--state-dir`). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { lists } from '../harness/listing.js';
import { Mirror } from '../harness/mirror.js';
import type { MirrorOptions } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

/** Mirrors that are started one after another, with one state. */
class Runs {
  private readonly own: string;
  readonly base: string;
  readonly ctl: Ctl;

  constructor(private readonly scope: Scope) {
    this.own = temporaryDirectory(scope);
    this.base = temporaryDirectory(scope);
    this.ctl = new Ctl(this.own);
  }

  start(options: readonly string[] = [], more: MirrorOptions = {}): Mirror {
    const { own } = this;
    const files = ['--socket', `${own}/socket`, '--state-dir', `${own}/state`];
    const all = [...files, '--status-file', `${own}/status`, ...options];
    return new Mirror(this.scope, { base: this.base, ...more, options: all });
  }

  /** Resolves once no role runs, so that nothing can change the mirror. */
  holding({ daemon }: Mirror): Promise<void> {
    return daemon.until(
      'the daemon to hold',
      () =>
        fs.readFileSync(`${this.own}/status`, 'utf8') === 'hold on' && daemon.roles().length === 0,
    );
  }
}

function fill(directory: string, count: number): void {
  for (let i = 0; i < count; i++) fs.writeFileSync(`${directory}/f${i}`, `${i}`);
}

test(
  'a source disk that is not mounted at the next start empties no mirror, also where its mount ' +
    'point is not empty; mounted later, it lets go by itself',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const runs = new Runs(scope);
    const disk = temporaryDirectory(scope);
    mountAt(scope, ['-t', 'tmpfs', 'clsync-test', '-o', 'mode=755'], disk);
    fill(disk, 3);
    const mounted = mountAt(scope, ['--bind', disk], `${runs.base}/source`);
    const first = runs.start();
    await first.equal();
    await first.daemon.stop();
    mounted.unmount();
    fs.writeFileSync(`${runs.base}/source/stray`, '');
    const { destination, daemon, source } = runs.start();
    await daemon.logged(
      /deletions are held: the watch directory is not the one of the last sync: nothing is mounted there any more/,
    );
    await lists(daemon, destination, ['f0', 'f1', 'f2', 'stray']);
    fs.writeFileSync(`${disk}/later`, '');
    mountAt(scope, ['--bind', disk], source);
    await lists(daemon, destination, ['f0', 'f1', 'f2', 'later']);
  },
);

test(
  'a destination disk that is not mounted at the next start is waited for; another is filled ' +
    'where it may change',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const runs = new Runs(scope);
    const disk = temporaryDirectory(scope);
    mountAt(scope, ['-t', 'tmpfs', 'clsync-test', '-o', 'mode=755'], disk);
    const mounted = mountAt(scope, ['--bind', disk], `${runs.base}/destination`);
    const first = runs.start([], { prepare: (source) => fill(source, 2) });
    await first.equal();
    await first.daemon.stop();
    mounted.unmount();
    const second = runs.start();
    await second.daemon.logged(
      /destination .* is not the one that was filled: nothing is mounted there any more: everything waits/,
    );
    fs.writeFileSync(`${second.source}/more`, '');
    await runs.holding(second);
    assert.deepEqual(fs.readdirSync(second.destination), []);
    const again = mountAt(scope, ['--bind', disk], second.destination);
    await second.equal();
    await second.daemon.stop();
    again.unmount();
    const end = runs.start(['--only-initialsync']);
    assert.notEqual((await end.daemon.exited).code, 0);
    assert.match(end.daemon.stderr, /is not the one that was filled/);
    const third = runs.start(['--destination-may-change']);
    await third.equal();
    // Only then the other one is noted.
    await third.daemon.logged(/initial sync done/);
    await third.daemon.stop();
    const fourth = runs.start();
    // It is equal from the start.
    await fourth.daemon.logged(/watching/);
    await fourth.equal();
    assert.doesNotMatch(fourth.daemon.stderr, /not the one/);
  },
);

test(
  'a destination that was made anew meanwhile is filled, whatever is noted',
  LIMIT,
  async (scope) => {
    const runs = new Runs(scope);
    const first = runs.start([], { prepare: (source) => fill(source, 3) });
    await first.equal();
    await first.daemon.stop();
    fs.rmSync(first.destination, { recursive: true });
    fs.mkdirSync(first.destination);
    const second = runs.start();
    await second.equal();
    fs.rmSync(first.destination, { recursive: true });
    fs.mkdirSync(first.destination);
    await second.equal();
  },
);

test('what is held is held at the next start, until it is approved', LIMIT, async (scope) => {
  const runs = new Runs(scope);
  const first = runs.start([], { prepare: (source) => fill(source, 12) });
  await first.equal();
  const names = fs.readdirSync(first.source);
  await runs.ctl.together(names, () => {
    for (const name of names) fs.rmSync(`${first.source}/${name}`);
  });
  await first.daemon.logged(/the watch directory is empty, and 12 names would be deleted/);
  await first.daemon.stop();
  fs.writeFileSync(`${first.source}/new`, '');
  const second = runs.start();
  await second.daemon.logged(/deletions are held: the watch directory is empty, and 12 names/);
  await lists(second.daemon, second.destination, [...names, 'new']);
  runs.ctl.order('approve');
  await second.equal();
  await second.daemon.stop();
  const third = runs.start();
  await third.daemon.logged(/initial sync done/);
  await third.equal();
  assert.doesNotMatch(third.daemon.stderr, /held/);
});
