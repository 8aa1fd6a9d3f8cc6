/** Which mounts decide whether set-id bits and devices are mirrored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { parseMountTable } from '../../../../src/shared/mount-table.js';
import { mountsOf } from '../../../../src/master/settings/mirrored.js';

const TABLE = parseMountTable(
  [
    '20 1 8:1 / / rw,relatime - ext4 /dev/a rw',
    '21 20 8:2 / /home rw,nosuid - ext4 /dev/b rw',
    '22 21 8:3 / /home/user/disk rw,nodev - ext4 /dev/c rw',
    '23 20 8:4 / /home2 rw - ext4 /dev/d rw',
    '24 20 8:5 / /home rw,nosuid,nodev - ext4 /dev/e rw',
  ].join('\n'),
);

const pointsFor = (directory: string): string[] =>
  mountsOf(fromText(directory), TABLE).map(({ point, flags }) => `${point} ${flags.join()}`);

test('the mount that a directory lies in, the topmost one, and those below it', () => {
  assert.deepEqual(pointsFor('/srv'), ['/ rw,relatime']);
  assert.deepEqual(pointsFor('/home/user'), ['/home rw,nosuid,nodev', '/home/user/disk rw,nodev']);
  assert.deepEqual(pointsFor('/home/user/disk'), ['/home/user/disk rw,nodev']);
  assert.deepEqual(pointsFor('/home2'), ['/home2 rw']);
});
