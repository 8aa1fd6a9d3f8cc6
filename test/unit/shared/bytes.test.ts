import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basename,
  display,
  fromBuffer,
  fromText,
  isRelative,
  isWithin,
  join,
  parent,
  ROOT,
  toBuffer,
} from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';

const path = (text: string): BytePath => text as BytePath;

test('any bytes survive the way there and back', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  assert.deepEqual(toBuffer(fromBuffer(all)), all);
});

test('names are shown on one line, as UTF-8 where they are', () => {
  assert.equal(display(fromText('Grüße')), 'Grüße');
  assert.equal(display(fromBuffer(Buffer.from([0x61, 0x0a, 0x1b]))), 'a\\x0a\\x1b');
  assert.equal(display(fromBuffer(Buffer.from([0x61, 0xff]))), 'a\\xff');
  assert.equal(
    display(fromText('\u009b2J\u202egnp.exe\u2028')),
    '\\xc2\\x9b2J\\xe2\\x80\\xaegnp.exe\\xe2\\x80\\xa8',
  );
  assert.equal(
    display(fromBuffer(Buffer.from([0xff, 0x9b, 0xe2, 0x80, 0xae]))),
    '\\xff\\x9b\\xe2\\x80\\xae',
  );
});

test('paths are taken apart and put together', () => {
  assert.equal(join(ROOT, path('a')), 'a');
  assert.equal(join(path('/'), path('a')), '/a');
  assert.equal(join(path('a'), path('b')), 'a/b');
  assert.equal(parent(path('a/b')), 'a');
  assert.equal(parent(path('a')), ROOT);
  assert.equal(basename(path('a/b')), 'b');
  assert.ok(
    isWithin(path('a/b'), path('a')) && isWithin(path('a'), path('a')) && isWithin(path('a'), ROOT),
  );
  assert.ok(!isWithin(path('ab'), path('a')));
});

test('only paths beneath the watch directory are relative', () => {
  assert.ok(['', 'a', 'a/b', '-a', '...', ' '].every((text) => isRelative(path(text))));
  assert.ok(
    ['/', '/a', 'a/', 'a//b', '.', '..', 'a/..', './a', 'a/./b', '../a', 'a\0b'].every(
      (text) => !isRelative(path(text)),
    ),
  );
  const long = 'n'.repeat(255);
  assert.ok(isRelative(path(`${long}/${long}`)) && !isRelative(path(`${long}/${long}n/a`)));
});
