import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { TICK } from '../../../src/shared/file-clock.js';
import { FILES } from '../../../src/shared/layout.js';
import { ifLocal, isOfDaemon, isRemote } from '../../../src/shared/places.js';
import { placesInPath } from '../../../src/shared/program-search.js';
import { reachesBySsh } from '../../../src/shared/remote-shell.js';

test('places are on other hosts as rsync takes them', () => {
  const remote = ['host:path', 'user@host:', 'host::module', 'rsync://host/module'].map(fromText);
  const local = ['/a:b', './a:b', 'a/b:c', '-e:x', 'path'].map(fromText);
  assert.deepEqual([...remote, ...local].filter(isRemote), remote);
  assert.deepEqual(
    [...remote, undefined, ...local].filter((place) => ifLocal(place)),
    local,
  );
});

test('other hosts are reached by ssh, or their rsync daemon is', () => {
  const ssh = ['host:p', 'me@host:/a::b', '[fe80::1]:/p', 'me@[fe80::1%eth0]:', 'host:a://b'];
  const daemon = ['rsync://host/module', 'RSYNC://[::1]:873/m/', 'host::module', 'me@[::1]::m'];
  assert.deepEqual(
    [...ssh, ...daemon].filter((place) => reachesBySsh([fromText(place)])),
    ssh,
  );
  assert.deepEqual(
    [...ssh, ...daemon].filter((place) => isOfDaemon(fromText(place))),
    daemon,
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
