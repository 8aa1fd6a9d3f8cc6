/** What is read of a file, and which file is not. */
import assert from 'node:assert/strict';
import { chmodSync, openSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  givenDescriptor,
  readBeginning,
  readFile,
  readGiven,
} from '../../../src/master/read-file.js';
import { fromText } from '../../../src/shared/bytes.js';
import { subdirectory, temporaryDirectory } from '../../harness/temporary.js';

test('a regular file of bounded size, and whether everybody may read it', (scope) => {
  const base = temporaryDirectory(scope);
  const path = join(base, 'file');
  writeFileSync(path, 'text');
  const read = () => {
    const { bytes, isPublic } = readFile(fromText(path));
    return [bytes.toString(), isPublic];
  };
  chmodSync(path, 0o644);
  assert.deepEqual(read(), ['text', true]);
  chmodSync(path, 0o640);
  assert.deepEqual(read(), ['text', false]);
  chmodSync(path, 0o644);
  chmodSync(base, 0o750);
  assert.deepEqual(read(), ['text', false]);
  truncateSync(path, (4 << 20) + 1);
  assert.throws(read, { code: 'EFBIG' });
});

test('no device, and no directory', (scope) => {
  const base = temporaryDirectory(scope);
  symlinkSync('/dev/zero', join(base, 'link'));
  for (const path of ['/dev/zero', join(base, 'link'), base]) {
    assert.throws(() => readFile(fromText(path)), { code: 'EINVAL' });
    assert.throws(() => readBeginning(fromText(path), 10), { code: 'EINVAL' });
  }
});

test('what the shell hands over', (scope) => {
  const path = join(subdirectory(temporaryDirectory(scope), 'a'), 'file');
  writeFileSync(path, 'text');
  const descriptor = openSync(path, 'r');
  assert.equal(readGiven(descriptor).bytes.toString(), 'text');
  for (const [name, number] of [
    ['/dev/stdin', 0],
    ['/dev/fd/63', 63],
    ['/proc/self/fd/3', 3],
    ['/dev/fd/x', undefined],
    ['/dev/null', undefined],
  ] as const)
    assert.equal(givenDescriptor(fromText(name)), number);
});
