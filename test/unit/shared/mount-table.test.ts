import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countsDirectories,
  deviceNumber,
  hasSilentLayers,
  isForeign,
  isSilent,
  parseMountTable,
} from '../../../src/shared/mount-table.js';

/** A line of mountinfo for a file system of this type with these options. */
function mounted(type: string, options: string) {
  const [mount] = parseMountTable(`36 22 0:33 / /w/m rw,nosuid - ${type} x rw,${options}\n`);
  assert.ok(mount);
  return mount;
}

test('FUSE mounts are foreign unless they are of root or the starter', () => {
  const foreign = (type: string, options: string): boolean =>
    isForeign(mounted(type, options), 1000);
  assert.equal(foreign('fuse', 'user_id=1001,group_id=0'), true);
  assert.equal(foreign('fuse.sshfs', 'user_id=1001,group_id=0,allow_other'), true);
  assert.equal(foreign('fuse.sshfs', 'user_id=1000,group_id=0'), false);
  assert.equal(foreign('fuse.mergerfs', 'user_id=0,group_id=0'), false);
  assert.equal(foreign('fuse', 'group_id=0'), true, 'an owner that is not told is another one');
});

test('other file systems are not foreign, whatever their options', () => {
  for (const type of ['ext4', 'fuseblk', 'fusectl', 'tmpfs'])
    assert.equal(isForeign(mounted(type, 'user_id=1001'), 1000), false);
});

test('links of directories are believed where directories are counted by them', () => {
  const types = ['tmpfs', 'ext4', 'xfs', 'btrfs', 'overlay', 'fuse.sshfs', 'nfs4'];
  assert.deepEqual(
    types.filter((type) => countsDirectories(mounted(type, ''))),
    ['tmpfs', 'ext4', 'xfs'],
  );
});

test('what may change without events is told by its type; its device as st_dev has it', () => {
  const row = (type: string, device = '0:1'): string => `1 2 ${device} / / rw - ${type} none rw`;
  const table = (...rows: readonly string[]) => parseMountTable(rows.join('\n'));
  assert.deepEqual(
    table(
      ...['nfs4', 'fuse.sshfs', 'fuse', '9p', 'ext4', 'fuseblk', 'tmpfs'].map((type) => row(type)),
    )
      .filter(isSilent)
      .map(({ type }) => type),
    ['nfs4', 'fuse.sshfs', 'fuse', '9p'],
  );
  // gnu_dev_makedev of glibc.
  for (const [device, number] of [
    ['254:1', 0xfe01n],
    ['0:4660', 0x1200034n],
    ['74565:1', 0x1200000034501n],
  ] as const)
    assert.deepEqual(table(row('ext4', device)).map(deviceNumber), [number]);
});

test('layers of an overlay may change without events, but for those of the system itself', () => {
  const table = parseMountTable(
    `1 2 0:1 / / rw - overlay o rw
     2 1 0:1 /srv /w rw - overlay o rw
     3 1 0:2 /d /w/over rw - overlay o rw
     4 1 0:3 / /w/disk rw - ext4 x rw`.replaceAll(/^ +/gm, ''),
  );
  const silent = table.filter((row) => hasSilentLayers(row, table));
  assert.deepEqual(
    silent.map(({ point }) => point),
    ['/w/over'],
  );
});
