import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { ClsyncError } from '../../../../src/shared/errors.js';
import { ListFiles } from '../../../../src/executor/lists/list-files.js';
import { Scratch } from '../../../harness/scratch.js';

let scratch: Scratch;

beforeEach(() => (scratch = new Scratch()));
afterEach(() => scratch.remove());

function files(listsDirectory?: string): ListFiles {
  return new ListFiles({
    temporaryDirectory: fromText(scratch.root),
    dontUnlinkLists: false,
    ...(listsDirectory === undefined ? {} : { listsDirectory: fromText(listsDirectory) }),
  });
}

test(
  'a list is there until it is released, and its directory until the end, whatever a handler ' +
    'did to both',
  () => {
    const lists = files();
    const [taken, kept] = [
      lists.write('list', Buffer.from('a')),
      lists.write('exclist', Buffer.from('b')),
    ];
    const directory = kept.path.slice(0, kept.path.lastIndexOf('/'));
    assert.equal(readFileSync(taken.path, 'utf8'), 'a');
    rmSync(taken.path);
    taken.release();
    kept.release();
    assert.ok(!existsSync(kept.path));
    writeFileSync(directory + '/left', '');
    lists.close();
    assert.ok(!existsSync(directory));
  },
);

test('a directory that a handler has opened to others is closed before the next list', () => {
  const lists = files();
  const first = lists.write('list', Buffer.from('a'));
  const directory = first.path.slice(0, first.path.lastIndexOf('/'));
  chmodSync(directory, 0o777);
  lists.write('list', Buffer.from('b'));
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  lists.close();
});

test("in a directory that the user named a handler's files stay", () => {
  const lists = files(scratch.root + '/lists');
  lists.check();
  writeFileSync(scratch.root + '/lists/left', '');
  lists.close();
  assert.ok(existsSync(scratch.root + '/lists/left'));
});

test('a directory that cannot be made is an error with its name', () => {
  assert.throws(
    () => files(scratch.root + '/absent/lists').check(),
    (error) => error instanceof ClsyncError && /absent\/lists/.test(error.message),
  );
  symlinkSync('/etc', scratch.root + '/link');
  assert.throws(
    () => files(scratch.root + '/link').check(),
    (error) => error instanceof ClsyncError && /link/.test(error.message),
  );
});

test('in a directory of our own nothing stays that an executor left when it was killed', () => {
  const directory = scratch.root + '/lists';
  const settings = {
    temporaryDirectory: fromText(scratch.root),
    dontUnlinkLists: false,
    listsDirectory: fromText(directory),
    listsDirectoryIsOwn: true,
  };
  const killed = new ListFiles(settings);
  const { path } = killed.write('list', Buffer.from('a'));
  mkdirSync(directory + '/beside');
  const next = new ListFiles(settings);
  next.check();
  assert.ok(existsSync(directory) && !existsSync(path) && !existsSync(directory + '/beside'));
  const kept = new ListFiles({ ...settings, dontUnlinkLists: true });
  const list = next.write('list', Buffer.from('b'));
  kept.check();
  assert.ok(existsSync(list.path));
  next.close();
  assert.ok(!existsSync(directory));
});
