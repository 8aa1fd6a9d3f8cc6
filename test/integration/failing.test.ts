/**
 * A path that cannot be synced waits for a try of its own, is counted and named; all others go on,
 * and so does the daemon.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Daemon } from '../harness/daemon.js';
import { makeImmutable } from '../harness/immutable.js';
import { Mirror } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';

const read = (path: string): string => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');

test(
  'one file that cannot be written does not hold up the others, is counted, and arrives ' +
    'once it can be',
  { skip: needsRoot },
  async (scope) => {
    const mirror = new Mirror(scope, {
      options: ['-d2'],
      prepare: (source) => {
        fs.mkdirSync(`${source}/d`);
        for (const name of ['d/bad', 'd/good']) fs.writeFileSync(`${source}/${name}`, 'old');
      },
    });
    const { source, destination, daemon } = mirror;
    await mirror.equal();
    const bad = `${destination}/d/bad`;
    const immutable = makeImmutable(scope, bad);
    if (immutable === undefined) return scope.skip('this file system has no immutable files');
    for (const name of ['d/bad', 'd/good']) fs.writeFileSync(`${source}/${name}`, 'changed');
    await daemon.until('the other file', () => read(`${destination}/d/good`) === 'changed');
    await daemon.logged(/cannot sync "d\/bad" \(exit code 23\); tried again by itself/);
    await daemon.logged(/\d+ pending \(1 failing\)/);
    fs.writeFileSync(`${source}/d/new`, 'new');
    await daemon.until('a new file beside it', () => read(`${destination}/d/new`) === 'new');
    daemon.signal('SIGUSR2');
    await daemon.logged(/a full sync was asked for[^]*synced \d+ path/);
    assert.equal(read(bad), 'old');
    immutable.end();
    daemon.signal(16);
    await mirror.equal();
    assert.equal(daemon.exit, undefined);
  },
);

test(
  'a file too large for the destination neither delays the others nor ends the daemon',
  { skip: needsMounts() },
  async (scope) => {
    const base = temporaryDirectory(scope);
    mountAt(scope, ['-t', 'tmpfs', '-o', 'size=4m', 'none'], join(base, 'destination'));
    const mirror = new Mirror(scope, { base, options: ['-d2'] });
    const { source, destination, daemon } = mirror;
    await daemon.logged(/initial sync done/);
    // In one write: half of it might fit and leave no room for the others.
    fs.writeFileSync(`${base}/big`, Buffer.alloc(8 << 20, 1));
    fs.renameSync(`${base}/big`, `${source}/big`);
    await daemon.logged(/cannot sync [^]*"big"[^]* tried again by/);
    fs.writeFileSync(`${source}/small`, 's');
    await daemon.until('the other file', () => read(`${destination}/small`) === 's');
    assert.equal(daemon.exit, undefined);
    fs.truncateSync(`${source}/big`, 1 << 20);
    await mirror.equal();
  },
);

/**
 * Nested directories as deep as a path may be long; in the last one `short` and a name that is too
 * long.
 */
const MAKE_DEEP = `
import os, sys
fd, length, name = os.open(sys.argv[1], os.O_RDONLY), 0, 'n' * 200
while length + 201 < 4090:
    os.mkdir(name, dir_fd=fd)
    fd = os.open(name, os.O_RDONLY, dir_fd=fd)
    length += 201
for name in 'short', 'l' * 250:
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=fd))
`;

test('a path over PATH_MAX is reported; all else is mirrored by any sync', async (scope) => {
  const base = temporaryDirectory(scope);
  const mirror = new Mirror(scope, {
    base,
    prepare: (source) => (
      fs.writeFileSync(`${source}/f`, 'f'),
      execFileSync('python3', ['-c', MAKE_DEEP, source])
    ),
  });
  atEnd(scope, () => void execFileSync('rm', ['-rf', base]));
  const { source, destination, daemon } = mirror;
  await daemon.logged(/initial sync done/);
  await daemon.logged(/makes a path longer than PATH_MAX: what has such a path is not synced/);
  fs.writeFileSync(`${destination}/stale`, '');
  daemon.signal('SIGUSR2');
  await daemon.until(
    'what is only at the destination to be deleted',
    () => !fs.existsSync(`${destination}/stale`),
  );
  // It fails when something vanishes meanwhile.
  const found = (directory: string): string[] =>
    spawnSync('find', ['.', '-printf', '%f\n'], { cwd: directory, encoding: 'utf8' })
      .stdout.split('\n')
      .sort();
  const wanted = found(source).filter((name) => !name.startsWith('l'));
  assert.equal(wanted.length, found(source).length - 1);
  await daemon.until('all but the one', () => isDeepStrictEqual(found(destination), wanted), {
    detail: () => found(destination).join(' '),
  });
  assert.equal(daemon.exit, undefined);
});

test('waiting entries are counted as pending', async (scope) => {
  const mirror = new Mirror(scope, { options: ['-t3600', '-d2'] });
  await mirror.daemon.logged(/initial sync done/);
  for (const name of ['a', 'b', 'c']) fs.writeFileSync(`${mirror.source}/${name}`, '');
  // The directory itself has changed too.
  await mirror.daemon.logged(/directory, [34] pending,/);
});

/** A handler that a signal ends while the file `down` exists. It may be gone when it is copied. */
const UNSTEADY = '#!/bin/sh\n[ -e down ] && kill -KILL $$\ncp -a --parents "$@"\nexit 0\n';

function startUnsteady(
  scope: TestContext,
  words: readonly string[],
): { readonly base: string; readonly daemon: Daemon } {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  const handler = join(base, 'handler');
  fs.writeFileSync(handler, UNSTEADY, { mode: 0o755 });
  const options = [
    '-Mdirect',
    `-S${handler}`,
    `-W${base}/source`,
    `-D${base}/destination`,
    '-t0',
    '-w0',
    '-H/NULL/',
    ...words,
  ];
  return {
    base,
    daemon: new Daemon(scope, [
      ...commandOf('clsync'),
      ...options,
      '--',
      '%INCLUDE-LIST%',
      '%destination-dir%/',
    ]),
  };
}

test(
  'a handler that a signal ends is tried for ever once the initial sync is done, unless -r ' +
    'says how often',
  async (scope) => {
    const forever = startUnsteady(scope, []);
    const twice = startUnsteady(scope, ['-r2']);
    for (const { base, daemon } of [forever, twice]) {
      await daemon.logged(/initial sync done/);
      fs.writeFileSync(`${base}/source/down`, '');
    }
    assert.equal((await twice.daemon.exited).code, 137);
    await forever.daemon.logged(/(trying again in[^]*){3}/);
    fs.rmSync(`${forever.base}/source/down`);
    fs.writeFileSync(`${forever.base}/source/f`, 'f');
    forever.daemon.signal(16);
    await forever.daemon.until('the file', () => read(`${forever.base}/destination/f`) === 'f');
  },
);

/** A handler that a signal ends for the file `bad` alone, and rsync that dies of it. */
const ENDED_BY_ONE = {
  direct: '#!/bin/sh\nfor a; do [ "$a" != bad ] || kill -KILL $$; done\ncp -a --parents "$@"\n',
  rsyncdirect:
    '#!/bin/sh\nlist=$(mktemp)\ncat > "$list"\n' +
    'rsync -n --out-format=%n "$@" < "$list" | grep -qx bad && kill -KILL $$\n' +
    'exec rsync "$@" < "$list"\n',
};

for (const [mode, script] of Object.entries(ENDED_BY_ONE))
  test(`one path for which a signal ends the handler does not hold up the others: ${mode}`, async (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'destination', 'handlers']) subdirectory(base, name);
    const handler = `${base}/handlers/rsync`;
    fs.writeFileSync(handler, script, { mode: 0o755 });
    const daemon = new Daemon(scope, [
      ...commandOf('clsync'),
      ...[`-M${mode}`, `-S${handler}`, `-W${base}/source`, `-D${base}/destination`],
      ...['-t0', '-w0', '-d2', '-H/NULL/'],
      ...(mode === 'direct' ? ['--', '%INCLUDE-LIST%', '%destination-dir%/'] : []),
    ]);
    await daemon.logged(/initial sync done/);
    for (const name of ['bad', 'good', 'other']) fs.writeFileSync(`${base}/source/${name}`, name);
    const arrived = async (name: string): Promise<void> =>
      daemon.until(`${name} to arrive`, () => read(`${base}/destination/${name}`) === name);
    for (const name of ['good', 'other']) await arrived(name);
    const apart = /cannot sync "bad" \(killed by SIGKILL\); tried again by itself/;
    await daemon.logged(apart);
    const said = daemon.stderr.search(apart);
    // Its own tries fail as well, and hold nothing up.
    await daemon.logged(/(cannot sync "bad" [^]*){2}/);
    fs.writeFileSync(`${base}/source/later`, 'later');
    await arrived('later');
    assert.doesNotMatch(daemon.stderr.slice(said), /the sync of \d+ paths? failed/);
  });

test('a handler that a signal ends in the initial sync ends the daemon', async (scope) => {
  const base = temporaryDirectory(scope);
  const source = subdirectory(base, 'source');
  fs.writeFileSync(`${source}/down`, '');
  const handler = join(base, 'handler');
  fs.writeFileSync(handler, UNSTEADY, { mode: 0o755 });
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    '-Mdirect',
    `-S${handler}`,
    `-W${source}`,
    `-D${subdirectory(base, 'destination')}`,
    '-H/NULL/',
  ]);
  assert.equal((await daemon.exited).code, 137);
});
