/** File systems mounted and unmounted below the watch directory while it is watched. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Payload } from '../../../src/shared/messages.js';
import { parseMountTable } from '../../../src/shared/mount-table.js';
import { mountPointsBelow } from '../../../src/watcher/monitor/mounts.js';
import { native } from '../../../src/shared/native.js';
import { needsMounts } from '../../harness/offers.js';
import { until } from '../../harness/until.js';
import { scratch, Watched } from './support.js';

const skip = needsMounts();

function mount(...words: readonly string[]): Disposable {
  execFileSync('mount', words);
  return { [Symbol.dispose]: () => execFileSync('umount', [words.at(-1) as string]) };
}

test(
  'mount points: below the directory only, with their names unescaped and what is mounted ' +
    'there',
  () => {
    const text = [
      '22 1 0:5 / /w rw',
      '23 22 0:6 / /w/a\\040b\\134 rw',
      '24 22 0:7 /x /w/c rw',
      '25 24 0:8 / /w/c rw',
      '26 1 0:9 / /wider rw',
      '',
    ].join('\n');
    assert.deepEqual(
      [...mountPointsBelow(fromText('/w'), parseMountTable(text))],
      [
        ['a b\\', '23 0:6 /\n'],
        ['c', '24 0:7 /x\n25 0:8 /\n'],
      ],
    );
  },
);

/** What was told last of those below. */
function mountsOf({ messages }: Watched): Record<string, readonly string[]> {
  const { alike, inotify, compared, leftOut } = messages.findLast(
    (message) => message.name === 'mounts',
  ) as Payload<'mounts'>;
  const all = Object.entries({ alike, inotify, compared, leftOut });
  return Object.fromEntries(all.filter(([, paths]) => paths.length > 0));
}

for (const kind of ['file system', 'directory'] as const) {
  test(
    `a ${kind} mounted below is walked and watched; unmounted, the directory under it is again`,
    { skip },
    async () => {
      using directory = scratch();
      using elsewhere = scratch();
      const point = `${directory.path}/a/point`;
      mkdirSync(`${point}/under`, { recursive: true });
      mkdirSync(`${elsewhere.path}/over`);
      using watched = new Watched(directory.path);
      await watched.message('walked');
      watched.told();
      const whole = (): boolean =>
        ((watched.told().get('a/point')?.flags ?? 0) & EntryFlag.recursive) !== 0;
      {
        using _ =
          kind === 'directory'
            ? mount('--bind', elsewhere.path, point)
            : mount('-t', 'tmpfs', 'none', point);
        await until('the mount to be told', whole);
        await watched.quiet();
        mkdirSync(`${point}/new`);
        writeFileSync(`${point}/new/f`, '');
        await watched.quiet();
        assert.ok(watched.told().has('a/point/new'));
        await until(
          'what is underneath to be forgotten',
          () => watched.control.counters.directories === (kind === 'directory' ? 5 : 4),
        );
        const isOther = watched.monitor === 'fanotify' && kind === 'file system';
        assert.deepEqual(mountsOf(watched), { [isOther ? 'inotify' : 'alike']: ['a/point'] });
      }
      await until('the unmount to be told', whole);
      await watched.quiet();
      assert.deepEqual(mountsOf(watched), {});
      watched.told();
      writeFileSync(`${point}/under/f`, '');
      await watched.quiet();
      assert.deepEqual([...watched.told().keys()], ['a/point/under/f']);
    },
  );
}

test('with --one-file-system, mounts below are left alone', { skip }, async ({ mock }) => {
  using directory = scratch();
  const point = `${directory.path}/point`;
  mkdirSync(`${point}/under`, { recursive: true });
  using watched = new Watched(directory.path, { oneFileSystem: true });
  await watched.message('walked');
  watched.told();
  {
    // Where nobody has looked at a directory, the number of them says nothing.
    const looks = mock.method(native, 'monitorSilent').mock;
    using _ = mount('-t', 'tmpfs', 'none', point);
    await until('the mount to be noticed', () => {
      return looks.callCount() > 0 && watched.control.counters.directories === 1;
    });
    writeFileSync(`${point}/f`, '');
    await watched.quiet();
    assert.ok(
      [...watched.told()].every(
        ([path, { flags }]) => path === 'point' && (flags & EntryFlag.recursive) === 0,
      ),
    );
  }
  await until('the unmount to be noticed', () => watched.control.counters.directories === 3);
});

test(
  'changes in a directory bound into the tree twice are sent under both names, whatever moves, ' +
    'and under its own when it is unbound',
  { skip },
  async () => {
    using directory = scratch();
    const [own, bound] = [`${directory.path}/own`, `${directory.path}/bound`];
    mkdirSync(`${own}/sub/deep`, { recursive: true });
    mkdirSync(`${own}/other`);
    mkdirSync(`${bound}/under`, { recursive: true });
    using watched = new Watched(directory.path, { detail: 'objects' });
    await watched.message('walked');
    const told = async (what: () => void): Promise<string[]> => {
      await watched.quiet();
      watched.told();
      what();
      await watched.quiet();
      return [...watched.told().keys()].sort();
    };
    const both = (...names: readonly string[]): string[] =>
      ['bound', 'own'].flatMap((top) => names.map((name) => `${top}/${name}`));
    {
      using _ = mount('--bind', own, bound);
      await until('the mount to be told', () => watched.told().has('bound/sub/deep'));
      assert.deepEqual(await told(() => writeFileSync(`${own}/sub/f`, '')), both('sub/f'));
      assert.deepEqual(await told(() => writeFileSync(`${bound}/sub/g`, '')), both('sub/g'));
      assert.deepEqual(await told(() => mkdirSync(`${bound}/new`)), both('new'));
      assert.deepEqual(await told(() => writeFileSync(`${own}/new/f`, '')), both('new/f'));
      assert.deepEqual(
        await told(() => renameSync(`${own}/sub`, `${own}/other/sub`)),
        both('other/sub', 'other/sub/deep', 'other/sub/f', 'other/sub/g', 'sub'),
      );
      assert.deepEqual(
        await told(() => writeFileSync(`${bound}/other/sub/deep/f`, '')),
        both('other/sub/deep/f'),
      );
      assert.deepEqual(
        await told(() => rmSync(`${own}/new`, { recursive: true })),
        both('new', 'new/f'),
      );
      assert.deepEqual(watched.records, []);
    }
    await until('the unmount to be told', () => watched.told().has('bound/under'));
    assert.deepEqual(await told(() => writeFileSync(`${own}/other/sub/deep/g`, '')), [
      'own/other/sub/deep/g',
    ]);
    assert.deepEqual(await told(() => writeFileSync(`${bound}/under/f`, '')), ['bound/under/f']);
    await until('what was bound to be forgotten', () => watched.control.counters.directories === 7);
  },
);

test('a watch directory bound into itself is sent under both names', { skip }, async () => {
  using directory = scratch();
  const point = `${directory.path}/a/point`;
  mkdirSync(point, { recursive: true });
  using watched = new Watched(directory.path);
  await watched.message('walked');
  using _ = mount('--bind', directory.path, point);
  await until('the mount to be told', () => watched.told().has('a/point'));
  await watched.quiet();
  watched.told();
  writeFileSync(`${directory.path}/a/f`, '');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()].sort(), ['a/f', 'a/point/a/f']);
});

test(
  'with --exclude-mount-points, what is in a mount point is refused, and the mount point ' +
    'is not; unmounted, it is no longer',
  { skip },
  async () => {
    using directory = scratch();
    for (const name of ['early', 'late'])
      mkdirSync(`${directory.path}/${name}/under`, { recursive: true });
    using _ = mount('-t', 'tmpfs', 'none', `${directory.path}/early`);
    using watched = new Watched(directory.path, { excludeMountPoints: true });
    await watched.message('walked');
    const flags = (name: string): number => watched.told().get(name)?.flags ?? -1;
    const isClosed = (name: string): boolean => watched.ruled().get(name) === 'content refused';
    assert.ok(isClosed('early'));
    {
      using _ = mount('-t', 'tmpfs', 'none', `${directory.path}/late`);
      await until('the mount to be told', () => isClosed('late'));
      writeFileSync(`${directory.path}/late/f`, '');
      await watched.quiet();
      assert.deepEqual(
        [...watched.told().keys()].filter((path) => path.startsWith('late/f')),
        [],
      );
    }
    let [whole, released] = [false, false];
    await until('the unmount to be told', () => {
      whole ||= (flags('late') & EntryFlag.recursive) !== 0;
      released ||= watched.ruled().get('late') === 'released';
      return whole && released;
    });
  },
);
