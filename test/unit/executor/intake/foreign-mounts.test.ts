import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besideForeign } from '../../../../src/executor/intake/foreign-mounts.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { parseMountTable } from '../../../../src/shared/mount-table.js';
import { Scratch } from '../../../harness/scratch.js';

const scratch = new Scratch();
const settings = { ...scratch.settings(), watchDirectory: fromText('/w') };
scratch.remove();

const TABLE = parseMountTable(
  [
    '1 0 0:1 / /w rw - fuse x rw,user_id=5',
    '2 1 0:2 / /w/top rw - fuse.sshfs x rw,user_id=5',
    '3 1 0:3 / /w/a/b/deep rw - fuse x rw,user_id=5',
    '4 1 0:4 / /w/c/own rw - fuse x rw,user_id=0',
    '5 0 0:5 / /wider/d rw - fuse x rw,user_id=5',
    '',
  ].join('\n'),
);

test('the directories in which FUSE mounts of others are, below the watch directory', () => {
  assert.deepEqual([...besideForeign(settings, () => TABLE)].sort(), ['', 'a/b']);
  assert.deepEqual([...besideForeign({ ...settings, allowFuse: true }, () => TABLE)], []);
});
