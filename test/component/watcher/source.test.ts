/** The event source of the monitor: opened by name, and closed when something fails. */
import assert from 'node:assert/strict';
import { openSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { toBuffer, fromText } from '../../../src/shared/bytes.js';
import { native } from '../../../src/shared/native.js';
import { scratch } from './support.js';

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').sort();
}

const CALLS: readonly { what: string; source: string; wake: unknown; message: RegExp }[] = [
  {
    what: 'a source that does not exist',
    source: 'kqueue',
    wake: () => undefined,
    message: /no such event source/,
  },
  { what: 'nobody to wake', source: 'inotify', wake: 'nobody', message: /Node-API/ },
];

for (const { what, source, wake, message } of CALLS) {
  test(`${what}: refused, and both descriptors are closed`, () => {
    using place = scratch();
    const before = descriptors();
    const root = native.openRoot(toBuffer(fromText(place.path)));
    const granted = openSync('/dev/null', 'r');
    assert.throws(
      () =>
        Reflect.apply(native.monitorOpen, native, [root, granted, source, 0, 0, false, -1, wake]),
      { message },
    );
    assert.deepEqual(descriptors(), before);
  });
}
