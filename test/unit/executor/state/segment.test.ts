import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Damage, Segment } from '../../../../src/executor/state/segment.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';

const ID = '01234567-89ab-cdef-0123-456789abcdef';

function newFile(t: TestContext): number {
  const descriptor = fs.openSync(join(temporaryDirectory(t), 'marks'), 'w+');
  atEnd(t, () => fs.closeSync(descriptor));
  return descriptor;
}

function contentOf(file: number): Buffer {
  const bytes = Buffer.alloc(fs.fstatSync(file).size);
  fs.readSync(file, bytes, 0, bytes.length, 0);
  return bytes;
}

function replace(file: number, bytes: Buffer): void {
  fs.ftruncateSync(file, 0);
  fs.writeSync(file, bytes, 0, null, 0);
}

function read(file: number): string[] {
  const found: string[] = [];
  Segment.read(file, ID, 1, (record) => found.push(record.toString()));
  return found;
}

/** Two frames that are on the disk, and one that may not be. */
async function written(file: number): Promise<void> {
  const segment = Segment.make(file, ID, 1, true);
  for (const text of ['one', 'two']) {
    segment.append(Buffer.from(text));
    await segment.sync();
  }
  segment.append(Buffer.from('three'));
  segment.append(Buffer.from('four'));
  segment.flush();
}

test('records are read in their order, and by their place', async (t) => {
  const file = newFile(t);
  const segment = Segment.make(file, ID, 7, true);
  assert.deepEqual(Segment.headOf(file, ID), { epoch: 7, isComplete: true });
  assert.equal(Segment.headOf(file, ID.replace('0', '9')), undefined);
  const at = segment.append(Buffer.from('abc'));
  segment.append(Buffer.from('def'));
  assert.equal(segment.record(at, 3).toString(), 'abc');
  await segment.sync();
  assert.deepEqual(read(file), ['abc', 'def']);
});

test('wherever the last frame is cut, or whatever is in its place, those before it are read', async (t) => {
  const file = newFile(t);
  await written(file);
  const whole = contentOf(file);
  const durable = 512 + 2 * (40 + 7);
  for (let cut = durable; cut < whole.length; cut++)
    for (const torn of [
      whole.subarray(0, cut),
      Buffer.concat([whole.subarray(0, cut), Buffer.alloc(whole.length - cut)]),
    ]) {
      replace(file, torn);
      assert.deepEqual(read(file), ['one', 'two'], `cut at ${cut}`);
      assert.equal(fs.fstatSync(file).size, durable);
    }
});

test('what was on the disk and is another by now is damage', async (t) => {
  const file = newFile(t);
  await written(file);
  const whole = contentOf(file);
  // The second frame says that the first one was on the disk, the third that the second was.
  for (let at = 512; at < 512 + 2 * (40 + 7); at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 1;
    replace(file, changed);
    assert.throws(() => read(file), Damage, `byte ${at}`);
  }
});
