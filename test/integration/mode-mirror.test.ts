/**
 * What mode mirror does besides keeping a copy: moves, refusals, deletions that wait, old versions.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Ctl } from '../harness/ctl.js';
import { lists } from '../harness/listing.js';
import { Mirror } from '../harness/mirror.js';
import type { MirrorOptions } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { faults } from '../harness/schema.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
const DIFFERENCE = (
  JSON.parse(fs.readFileSync(`${FILES.root}docs/control.schema.json`, 'utf8')) as {
    readonly $defs: { readonly difference: object };
  }
).$defs.difference;

/** In mode mirror; `prepare` fills the source before the start. */
async function start(scope: Scope, options: MirrorOptions = {}): Promise<Mirror> {
  const mirror = new Mirror(scope, {
    ...options,
    options: ['-Mmirror', ...(options.options ?? [])],
  });
  await mirror.daemon.logged(/initial sync done/);
  return mirror;
}

function fill(directory: string, names: readonly string[]): void {
  for (const name of names) {
    fs.mkdirSync(dirname(`${directory}/${name}`), { recursive: true });
    fs.writeFileSync(`${directory}/${name}`, name);
  }
}

const inode = (path: string): number => fs.lstatSync(path).ino;

test(
  'what is renamed is renamed at the destination, and nothing of it is copied',
  LIMIT,
  async (scope) => {
    const names = Array.from({ length: 50 }, (_, index) => `d/e${index % 5}/f${index}`);
    const own = temporaryDirectory(scope);
    const mirror = await start(scope, {
      options: ['--socket', `${own}/socket`],
      prepare: (source) => fill(source, [...names, 'a', 'b', 'c']),
    });
    const { source, destination } = mirror;
    const before = new Map(names.map((name) => [name, inode(`${destination}/${name}`)]));
    fs.renameSync(`${source}/d`, `${source}/moved`);
    await mirror.equal();
    for (const name of names)
      assert.equal(inode(`${destination}/moved${name.slice(1)}`), before.get(name), name);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => inode(`${destination}/${name}`));
    // All three steps of an exchange are in one sync.
    await new Ctl(own).together(['a', 'b', 'moved/e0/c'], () => {
      fs.renameSync(`${source}/a`, `${source}/between`);
      fs.renameSync(`${source}/b`, `${source}/a`);
      fs.renameSync(`${source}/between`, `${source}/b`);
      fs.renameSync(`${source}/c`, `${source}/moved/e0/c`);
    });
    await mirror.equal();
    assert.deepEqual(
      ['b', 'a', 'moved/e0/c'].map((name) => inode(`${destination}/${name}`)),
      [a, b, c],
    );
  },
);

test('a directory is moved into another', LIMIT, async (scope) => {
  const mirror = await start(scope, { prepare: (source) => fill(source, ['d/f', 'd/g']) });
  const { source, destination } = mirror;
  const before = inode(`${destination}/d/f`);
  fs.mkdirSync(`${source}/new`);
  await mirror.daemon.until('the new one', () => fs.existsSync(`${destination}/new`));
  fs.renameSync(`${source}/d`, `${source}/new/d`);
  await mirror.equal();
  assert.equal(inode(`${destination}/new/d/f`), before);
});

test('what the rules refuse is neither copied nor deleted', LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  fill(subdirectory(base, 'destination'), ['own.no', 'd/own.no', 'stale', 'gone/own.no']);
  fs.writeFileSync(`${base}/rules`, '-*\\.no$\n+*.*\n');
  const mirror = await start(scope, {
    base,
    options: ['-R', `${base}/rules`],
    prepare: (source) => fill(source, ['f', 'x.no', 'd/f', 'd/x.no', 'whole.no/f']),
  });
  const { source, destination, daemon } = mirror;
  const has = (...names: readonly string[]): Promise<void> =>
    lists(daemon, destination, [...names, 'd/own.no', 'gone', 'gone/own.no', 'own.no'], true);
  await has('d', 'd/f', 'f');
  fill(source, ['d/later.no', 'e/f', 'e/f.no']);
  fs.rmSync(`${source}/d/f`);
  await has('d', 'e', 'e/f', 'f');
  fs.rmSync(`${source}/d`, { recursive: true });
  fs.rmSync(`${source}/f`);
  await has('d', 'e', 'e/f');
});

test(
  'deletions are held, types among them, and let go; what is moved is no deletion',
  LIMIT,
  async (scope) => {
    const own = temporaryDirectory(scope);
    const names = Array.from({ length: 20 }, (_, index) => `d/f${index}`);
    const mirror = await start(scope, {
      options: ['--max-delete=5', '--socket', `${own}/socket`],
      prepare: (source) => fill(source, [...names, 'type/f', 'x']),
    });
    const { source, destination, daemon } = mirror;
    fs.renameSync(`${source}/d`, `${source}/moved`);
    await mirror.equal();
    assert.doesNotMatch(daemon.stderr, /deletions are held/);
    fs.renameSync(`${source}/moved`, `${mirror.base}/elsewhere`);
    fs.writeFileSync(`${source}/x`, 'changed');
    await daemon.logged(/deletions are held: \d+ names would be deleted, --max-delete is 5/);
    await daemon.until(
      'what is no deletion',
      () => fs.readFileSync(`${destination}/x`, 'latin1') === 'changed',
    );
    await lists(
      daemon,
      `${destination}/moved`,
      names.map((name) => name.slice('d/'.length)),
    );
    new Ctl(own).order('APPROVE');
    await mirror.equal();
  },
);

test(
  'while a file is missing nothing is deleted or replaced, and everything is once it is there',
  LIMIT,
  async (scope) => {
    const mirror = await start(scope, {
      options: ['--require-file=here'],
      prepare: (source) => fill(source, ['here', 'd/f', 'gone', 'old']),
    });
    const { source, destination, daemon } = mirror;
    fs.rmSync(`${source}/here`);
    await daemon.logged(/deletions are held: --require-file/);
    fs.rmSync(`${source}/d`, { recursive: true });
    fs.writeFileSync(`${source}/d`, 'a file now');
    fs.renameSync(`${source}/old`, `${source}/new`);
    fs.writeFileSync(`${source}/last`, '');
    await daemon.until('what is new', () => fs.existsSync(`${destination}/last`));
    await daemon.until('what was moved', () => fs.existsSync(`${destination}/new`));
    for (const name of ['here', 'd/f', 'old'])
      assert.ok(fs.existsSync(`${destination}/${name}`), name);
    fs.writeFileSync(`${source}/here`, '');
    await mirror.equal();
  },
);

/** Within the destination, and beside it: there the two are one mount of the executor's view. */
for (const place of ['destination/.old', 'beside/old'])
  test(
    `old versions are kept by the time of their end, and for as long as is asked for: ${place}`,
    LIMIT,
    async (scope) => {
      const base = temporaryDirectory(scope);
      const backup = subdirectory(base, place);
      fill(backup, ['2001-01-01_00-00-00.000/f', 'mine/f']);
      const mirror = await start(scope, {
        base,
        options: [`--backup-dir=${backup}`, '--backup-keep=1'],
        prepare: (source) => fill(source, ['d/f', 'd/g', 'tree/x/y', 'tree/z']),
      });
      const { source, destination, daemon } = mirror;
      await daemon.logged(/old versions removed \(--backup-keep\): 1/);
      // At once: a file that is empty for a moment would become an old version, too.
      fs.writeFileSync(`${base}/made`, 'changed');
      fs.renameSync(`${base}/made`, `${source}/d/f`);
      fs.rmSync(`${source}/d/g`);
      fs.rmSync(`${source}/tree`, { recursive: true });
      const versions = (): Map<string, string> =>
        new Map(
          fs
            .readdirSync(backup, { recursive: true, withFileTypes: true })
            .filter((found) => found.isFile())
            .map(({ parentPath, name }) => `${parentPath}/${name}`)
            .map((path) => [
              path.slice(backup.length + 1).replace(/^\d{4}-\d\d-\d\d_[\d.-]+/, 'TIME'),
              fs.readFileSync(path, 'latin1'),
            ]),
        );
      const expected = ['TIME/d/f', 'TIME/d/g', 'TIME/tree/x/y', 'TIME/tree/z', 'mine/f'];
      await daemon.until('old versions', () => versions().size === expected.length, {
        detail: () => [...versions().keys()].join(' '),
      });
      assert.deepEqual([...versions().keys()].sort(), expected);
      assert.equal(versions().get('TIME/d/f'), 'd/f');
      // Of an id that is given to others later, they would be those others'.
      const owners = fs.readdirSync(backup).map((name) => fs.statSync(`${backup}/${name}`).uid);
      assert.deepEqual(new Set(owners), new Set([process.getuid?.()]));
      // An old version is kept before the new one comes.
      await lists(daemon, destination, place.startsWith('dest') ? ['.old', 'd'] : ['d']);
      await daemon.until(
        'the new version',
        () => fs.readFileSync(`${destination}/d/f`, 'latin1') === 'changed',
      );
    },
  );

test(
  'a path that cannot be written is named, the rest goes on, and it is tried again',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const base = temporaryDirectory(scope);
    mountAt(scope, ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs'], `${base}/destination`);
    const mirror = await start(scope, { base, prepare: (source) => fill(source, ['small']) });
    const { source, destination, daemon } = mirror;
    fs.writeFileSync(`${base}/large`, Buffer.alloc(4 << 20, 'x'));
    fs.renameSync(`${base}/large`, `${source}/large`);
    await daemon.logged(/cannot sync "large" \(no space left on device \(\w+, destination\)\)/);
    fill(source, ['d/f']);
    await daemon.until('what has room', () => fs.existsSync(`${destination}/d/f`));
    // Nothing is left of a try of the large one.
    await lists(daemon, destination, ['d', 'small']);
    fs.truncateSync(`${source}/large`, 1 << 20);
    await mirror.equal();
  },
);

test('a daemon that ends by itself has copied everything before', LIMIT, async (scope) => {
  const mirror = new Mirror(scope, {
    options: ['-Mmirror', '--exit-on-no-events'],
    prepare: (source) => fill(source, ['a', 'd/b']),
  });
  assert.equal((await mirror.daemon.exited).code, 0, mirror.daemon.output);
  assert.deepEqual(mirror.differences(), []);
});

test(
  'what was changed at the destination is named with --verify-interval, and not touched',
  LIMIT,
  async (scope) => {
    const mirror = await start(scope, {
      options: ['--verify-interval=0.2'],
      prepare: (source) => fill(source, ['a', 'd/b']),
    });
    const { daemon, destination } = mirror;
    await daemon.logged(/compared in .*: nothing differs/);
    fs.writeFileSync(`${destination}/d/b`, 'something else');
    fs.writeFileSync(`${destination}/extra`, '');
    await daemon.logged(/paths? differs? .*"d\/b": .*size 3, copy 14.*"extra": only in the copy/);
    assert.equal(fs.readFileSync(`${destination}/d/b`, 'utf8'), 'something else');
  },
);

test('clsync ctl verify prints what differs, and says so by its status', LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  const { destination } = await start(scope, {
    options: [`--socket=${base}/socket`],
    prepare: (source) => fill(source, ['a', 'd/b']),
  });
  const ctl = new Ctl(base);
  assert.deepEqual(ctl.ask('verify'), { status: 0, stdout: '', stderr: '' });
  fs.writeFileSync(`${destination}/d/b`, 'something else');
  fs.writeFileSync(`${destination}/extra`, '');
  // What was synced a moment ago is no difference.
  let said = ctl.ask('verify');
  const isAll = (): boolean => /d\/b[^]*extra/.test((said = ctl.ask('verify')).stdout);
  await until('both are named', isAll, { every: 200, detail: () => JSON.stringify(said) });
  assert.match(said.stdout, /^"d\/b": .*size 3, copy 14.*\n"extra": only in the copy\n$/m);
  assert.match(said.stderr, /^error: \d paths? differs? at the destination: clsync ctl resync/);
  assert.equal(said.status, 1);
  const rows = ctl.ask('--json', 'verify').stdout.trim().split('\n');
  for (const row of rows) assert.deepEqual(faults(DIFFERENCE, JSON.parse(row)), []);
  assert.equal(ctl.ask('verify', 'x').status, 22);
  ctl.ask('pause');
  assert.match(ctl.ask('verify').stderr, /not compared: .*syncing is paused.*ask again/);
});
