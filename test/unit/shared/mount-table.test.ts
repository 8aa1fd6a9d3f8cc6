import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForeign, parseMountTable } from '../../../src/shared/mount-table.js';

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
