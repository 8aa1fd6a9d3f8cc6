/**
 * A user who makes very many names in his directory, or a file of nothing but a hole, keeps nobody
 * else waiting.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { as, isRoot, ORDINARY_USER } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
const ATTACKER = isRoot ? ORDINARY_USER : undefined;

test('what others change does not wait until all of it is synced', LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  const his = subdirectory(source, 'his', ATTACKER);
  subdirectory(source, 'theirs');
  // Stands for an rsync that takes very long for what he has made.
  const rsync = join(base, 'rsync');
  fs.writeFileSync(
    rsync,
    `#!/bin/bash
case "$*" in
*--version*) exec rsync "$@" ;;
*--files-from=-*) ;;
*) exec rsync "$@" ;;
esac
mapfile -d '' -t list
for name in "\${list[@]}"; do
	while [[ $name = ./his/* && ! -e ${source}/theirs/goon ]]; do read -t 0.05 <> <(:); done
done
printf '%s\\0' "\${list[@]}" | exec rsync "$@"
exit
`,
    { mode: 0o755 },
  );
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    ...['-H/NULL/', '-Mrsyncdirect', '-t0', '-w0', '-S', rsync, '-W', source, '-D', copy],
  ]);
  await daemon.until('the initial sync', () => fs.existsSync(join(copy, 'theirs')));
  await daemon.logged(/initial sync done/);
  as(ATTACKER, () => {
    for (let number = 0; number < 3000; number++) fs.writeFileSync(join(his, String(number)), '');
  });
  for (const name of ['one', 'two', 'three']) {
    fs.writeFileSync(join(source, 'theirs', name), '');
    await daemon.until(`${name} to arrive`, () => fs.existsSync(join(copy, 'theirs', name)));
    assert.ok(!fs.existsSync(join(copy, 'his/2999')));
  }
  fs.writeFileSync(join(source, 'theirs/goon'), '');
  await daemon.until('all of his', () => fs.existsSync(join(copy, 'his/2999')));
});

test('nor where every event is a call of its own', LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, log] = ['source', 'log'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  const his = subdirectory(source, 'his', ATTACKER);
  subdirectory(source, 'theirs');
  const handler = join(base, 'handler');
  fs.writeFileSync(handler, `#!/bin/sh\necho "$4" >> ${log}/calls\n`, { mode: 0o755 });
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    ...['-H/NULL/', '-Msimple', '-t0', '-w0', '-W', source, '-S', handler],
    ...['--handler-allow', `${log}:rw`],
  ]);
  const isCalled = (name: string): boolean =>
    fs.readFileSync(join(log, 'calls'), 'latin1').includes(`/${name}\n`);
  await daemon.logged(/initial sync done/);
  as(ATTACKER, () => {
    for (let number = 0; number < 1500; number++) fs.writeFileSync(join(his, String(number)), '');
  });
  await daemon.until('the first of his', () => isCalled('0'));
  for (const name of ['one', 'two', 'three']) {
    fs.writeFileSync(join(source, 'theirs', name), '');
    await daemon.until(`the call for ${name}`, () => isCalled(name));
    assert.ok(!isCalled('1499'));
  }
});

test('a large hole is one at the destination, too', LIMIT, async (scope) => {
  const size = 1 << 27;
  const base = temporaryDirectory(scope);
  const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  const his = subdirectory(source, 'his', ATTACKER);
  const make = (name: string): void =>
    as(ATTACKER, () => {
      fs.writeFileSync(join(his, name), 'x');
      fs.truncateSync(join(his, name), size);
    });
  const sparse = (name: string): boolean => {
    const there = fs.statSync(join(copy, 'his', name), { throwIfNoEntry: false });
    return there?.size === size && there.blocks * 512 < size / 2;
  };
  make('before');
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    ...['-H/NULL/', '-Mrsyncdirect', '-t0', '-T0', '-w0', '-W', source, '-D', copy],
  ]);
  await daemon.until('the first one', () => sparse('before'));
  await daemon.logged(/initial sync done/);
  make('after');
  await daemon.until('the second one', () => sparse('after'));
});
