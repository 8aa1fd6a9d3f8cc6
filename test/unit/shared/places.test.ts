import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { TICK } from '../../../src/shared/file-clock.js';
import { FILES } from '../../../src/shared/layout.js';
import { ifLocal, isRemote } from '../../../src/shared/places.js';
import { placesInPath } from '../../../src/shared/program-search.js';

test('places are on other hosts as rsync takes them', () => {
  const remote = ['host:path', 'user@host:', 'host::module', 'rsync://host/module'].map(fromText);
  const local = ['/a:b', './a:b', 'a/b:c', '-e:x', 'path'].map(fromText);
  assert.deepEqual([...remote, ...local].filter(isRemote), remote);
  assert.deepEqual(
    [...remote, undefined, ...local].filter((place) => ifLocal(place)),
    local,
  );
});

test('programs are looked for in PATH, and where there is none as the C library does', () => {
  const places = (...environment: string[]): string[] =>
    placesInPath(fromText('p'), environment.map(fromText), fromText('/d'));
  assert.deepEqual(places('PATH=/a::b', 'PATH=/c'), ['/a/p', '/d/p', '/d/b/p']);
  assert.deepEqual(places('PATHS=/a'), ['/usr/bin/p', '/bin/p']);
});

test("the kernel's tick is one number", () => {
  const source = readFileSync(FILES.root + 'src/native/watch/look-place.c', 'utf8');
  assert.equal(Number(/^#define TICK (\S+)$/m.exec(source)?.[1]), TICK);
});
