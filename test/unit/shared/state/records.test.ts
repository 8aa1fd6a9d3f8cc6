import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Records } from '../../../../src/shared/state/records.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';

function newFile(t: TestContext): number {
  const descriptor = fs.openSync(join(temporaryDirectory(t), 'records'), 'w+');
  atEnd(t, () => fs.closeSync(descriptor));
  return descriptor;
}

test('records are there for the next who opens them, and those that are undefined are removed', (t) => {
  const file = newFile(t);
  assert.equal(Records.open(file).isEmpty, true);
  Records.open(file).put({ one: [1, 'x'], other: { a: true } });
  const again = Records.open(file);
  again.put({ one: undefined, third: 3 });
  const last = Records.open(file);
  assert.deepEqual(
    ['one', 'other', 'third'].map((name) => last.get(name)),
    [undefined, { a: true }, 3],
  );
  assert.deepEqual([last.isEmpty, last.isDamaged], [false, false]);
});

test('whatever part of a write a power cut leaves out, the records are those before or after it', (t) => {
  const file = newFile(t);
  const records = Records.open(file);
  for (const value of [1, 2, 3]) records.put({ value });
  const size = fs.fstatSync(file).size;
  const old = Buffer.alloc(size);
  fs.readSync(file, old, 0, size, 0);
  records.put({ value: 4, text: 'x'.repeat(200) });
  const whole = Buffer.alloc(fs.fstatSync(file).size);
  fs.readSync(file, whole, 0, whole.length, 0);
  for (let cut = 0; cut <= whole.length; cut += cut < 400 || cut > 65_400 ? 1 : 4096) {
    for (const torn of [
      Buffer.concat([whole.subarray(0, cut), old.subarray(cut)]),
      Buffer.concat([old.subarray(0, Math.min(cut, size)), whole.subarray(cut)]),
    ]) {
      fs.ftruncateSync(file, 0);
      fs.writeSync(file, torn, 0, null, 0);
      assert.ok([3, 4].includes(Records.open(file).get('value') as number), `cut at ${cut}`);
    }
  }
});

test('a file of which nothing is whole is damaged', (t) => {
  const file = newFile(t);
  fs.writeSync(file, 'anything');
  assert.equal(Records.open(file).isDamaged, true);
});

test('too much for a slot is refused, and changes nothing', (t) => {
  const file = newFile(t);
  const records = Records.open(file);
  records.put({ one: 1 });
  assert.throws(() => records.put({ one: 'x'.repeat(70_000) }), RangeError);
  assert.equal(Records.open(file).get('one'), 1);
});
