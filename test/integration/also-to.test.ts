/** Several destinations of one watch (`--also-to`). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { listText } from '../../src/master/ctl/status-text.js';
import { compareTrees } from '../harness/compare.js';
import { bindStoppable, needsBindfs, needsFuse } from '../harness/fuse.js';
import type { Stoppable } from '../harness/fuse.js';
import { read } from '../harness/running-mirror.js';
import { faults } from '../harness/schema.js';
import { SCHEMA, Several } from '../harness/several.js';
import { subdirectory } from '../harness/temporary.js';

/** Nobody listens there. */
const DEAD = 'rsync://127.0.0.1:1/module';
const BOTH = ['destination', 'other'];

test('each destination is kept equal; one that is killed or gone delays no other', async (scope) => {
  const several = await Several.start(scope, ['-Mmirror', '--also-to=other', '--dump-dir=dumped']);
  const { daemon, ctl } = several;
  await several.change('before', BOTH);
  several.kill('executor 2');
  await several.change('killed', BOTH);
  assert.deepEqual(
    ['watcher', 'executor', 'executor 2'].map((role) => several.starts(role)),
    [1, 1, 2],
  );
  assert.equal(several.status.restarts, 0);
  several.move('other', 'away');
  await daemon.logged(/other is gone: nothing is synced to it until a directory is there again/);
  await several.change('gone', ['destination']);
  assert.match(ctl.ask('flush').stderr, /other: nothing is synced at present/);
  const { status, destinations } = several.status;
  assert.deepEqual(
    [status, ...destinations.map(({ away }) => away?.replace(/\/.*\//, ''))],
    ['synchandler error', undefined, 'the destination other is gone'],
  );
  assert.deepEqual(
    destinations.map(({ up }) => up),
    [true, false],
  );
  assert.match(listText([['one', several.status]]), /destination \S*other \(not reached\)$/m);
  several.kill('watcher');
  await several.change('anew', ['destination']);
  several.move('away', 'other');
  await several.arrived('other', ['gone', 'anew']);
  ctl.order('flush');
  assert.deepEqual(
    several.status.destinations.map(({ up, away }) => [up, away]),
    [
      [true, undefined],
      [true, undefined],
    ],
  );
  // By the client, and by the daemon.
  ctl.order('dump', 'asked');
  daemon.signal(29);
  await daemon.logged(/the inner state was dumped/);
  for (const place of ['asked', 'asked/executor-2', 'dumped', 'dumped/executor-2'])
    assert.match(read(`${several.base}/${place}/instance`), /^status == /, place);
  await daemon.stop();
  assert.equal(daemon.exit?.code, 0);
});

test('with --state-dir each destination gets what it has missed, and nothing else', async (scope) => {
  const words = ['-Mmirror', '--also-to=other', '--state-dir=state'];
  const first = await Several.start(scope, words);
  await first.change('before', BOTH);
  // What is synced in the very moment of its change is in doubt, and synced once more.
  const second = await first.again();
  second.move('other', 'away');
  await second.daemon.logged(/other is gone/);
  await second.change('missed', ['destination']);
  const { base } = first;
  const third = await second.again(() => {
    second.move('away', 'other');
    for (const at of BOTH) fs.rmSync(`${base}/${at}/before`);
    fs.writeFileSync(`${base}/source/new`, 'new');
  });
  for (const at of BOTH) await third.arrived(at, ['missed', 'new']);
  third.ctl.order('flush');
  third.kill('executor 2');
  await third.change('later', BOTH);
  third.ctl.order('flush');
  for (const at of BOTH) assert.ok(!fs.existsSync(`${base}/${at}/before`), at);
  await third.daemon.stop();
});

test('one that hangs delays no other', { skip: needsFuse || needsBindfs }, async (scope) => {
  let disk: Stoppable | undefined;
  const mount = (base: string): void => {
    disk = bindStoppable(scope, subdirectory(base, 'disk'), subdirectory(base, 'other'));
  };
  const several = await Several.start(scope, ['-Mmirror', '--also-to=other'], '', mount);
  await several.change('before', BOTH);
  disk?.stop();
  await several.change('hanging', ['destination']);
  await several.daemon.logged(/other does not answer/);
  several.kill('watcher');
  await several.change('anew', ['destination']);
  disk?.go();
  await several.arrived('other', ['hanging', 'anew']);
  await several.daemon.stop();
});

test('one that never answers fails alone, with options of its own block', async (scope) => {
  const config = `[far]\ndestination-dir = ${DEAD}\ndelay-sync = 9\n`;
  const several = await Several.start(
    scope,
    ['-Hconfig', '-w0', '-Kdefault', '--also-to=other', '--also-to=[far]'],
    `[default]\n${config}`,
  );
  await several.change('one', BOTH);
  await several.daemon.until(
    'a failure',
    () => (several.status.destinations[2]?.failures ?? 0) > 0,
  );
  const events = several.ctl.ask('--json', 'events').stdout.trim().split('\n');
  const { base } = several;
  const named = events.flatMap((event) => /"destination":"([^"]*)"/.exec(event)?.[1] ?? []);
  assert.deepEqual([...new Set(named)].sort(), [`${base}/destination`, `${base}/other`, DEAD]);
  await several.change('two', BOTH);
  const [first, second, far] = several.status.destinations;
  assert.deepEqual([first?.failures, second?.failures, far?.syncs], [0, 0, 0]);
  assert.deepEqual([first?.up, second?.up, far?.up], [true, true, false]);
  assert.deepEqual([far?.destination, far?.lastFailure?.next], [DEAD, 9]);
  const rows = several.ctl.ask('--json', 'queue').stdout.split('\n').slice(0, -1);
  for (const row of rows) assert.deepEqual(faults(SCHEMA.$defs.pending ?? {}, JSON.parse(row)), []);
  assert.ok(rows.some((row) => row.includes(DEAD)));
  assert.match(several.ctl.ask('flush', '--timeout=1').stderr, new RegExp(DEAD));
  await several.daemon.stop();
  assert.equal(several.daemon.exit?.code, 0);
});

test('one whose executor is stopped delays no other, and is started again', async (scope) => {
  const several = await Several.start(scope, ['-Mmirror', '--also-to=other', '--state-dir=state']);
  await several.change('before', BOTH);
  several.stop('executor 2');
  // More than may wait for one that does not read.
  const many = subdirectory(several.base, 'many');
  for (let i = 0; i < 9000; i++)
    fs.writeFileSync(`${many}/${i}`.padEnd(many.length + 240, '-'), '');
  several.move('many', 'source/many');
  subdirectory(several.base, 'source/new');
  await several.change('new/file', ['destination']);
  await several.daemon.logged(/executor 2 no longer reads .*; starting again/);
  await several.arrived('other', ['new/file']);
  several.ctl.order('flush');
  assert.deepEqual(compareTrees(`${several.base}/source`, `${several.base}/other`), []);
  assert.deepEqual(
    ['watcher', 'executor', 'executor 2'].map((role) => several.starts(role)),
    [1, 1, 2],
  );
  await several.daemon.stop();
});
