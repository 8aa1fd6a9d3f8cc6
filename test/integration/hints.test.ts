/**
 * When a handler fails because the sandbox denies it something, the log names the option that
 * grants it, and no other.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Complaints } from '../../src/executor/run/complaints.js';
import { fromText } from '../../src/shared/bytes.js';
import { Daemon } from '../harness/daemon.js';
import { mountAt } from '../harness/mounts.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { needsMounts } from '../harness/offers.js';
import { needsRoot } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const asRoot = { skip: needsRoot, timeout: DEADLINE };
const withCapabilities = {
  ...asRoot,
  skip: needsRoot || (spawnSync('setcap', ['-h']).error === undefined ? false : 'no setcap'),
};
const GENERAL = /a handler sees and may do only what it was given/;

interface Place {
  readonly base: string;
  readonly source: string;
  readonly destination: string;
}

function prepare(scope: TestContext): Place {
  const base = temporaryDirectory(scope);
  fs.writeFileSync(join(subdirectory(base, 'source'), 'file'), 'x');
  return { base, source: join(base, 'source'), destination: subdirectory(base, 'destination') };
}

async function run(
  scope: TestContext,
  { source }: Place,
  ...options: readonly string[]
): Promise<{ code: number | null; stderr: string }> {
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    '-H',
    '/NULL/',
    '-W',
    source,
    '-t0',
    '-w0',
    '--only-initialsync',
    ...options,
  ]);
  const { code } = await daemon.exited;
  return { code, stderr: daemon.stderr };
}

test(
  "capabilities of files, with arguments of the user's own for rsync",
  withCapabilities,
  async (scope) => {
    const place = prepare(scope);
    execFileSync('setcap', ['cap_net_raw+ep', join(place.source, 'file')]);
    const words = ['--', '%RSYNC-ARGS%', '-X', place.source + '/', place.destination + '/'];
    const refused = await run(scope, place, '-Mrsyncdirect', ...words);
    const [, option = ''] = /SETFCAP: (--handler-capabilities=\S+)/.exec(refused.stderr) ?? [];
    assert.notEqual(option, '', refused.stderr);
    const granted = await run(scope, place, '-Mrsyncdirect', option, ...words);
    assert.equal(granted.code, 0, granted.stderr);
    assert.match(
      execFileSync('getcap', [join(place.destination, 'file')], { encoding: 'utf8' }),
      /cap_net_raw/,
    );
  },
);

test(
  'a destination that is mounted read-only',
  { ...asRoot, skip: needsMounts() },
  async (scope) => {
    const place = prepare(scope);
    mountAt(scope, ['-t', 'tmpfs', '-o', 'ro', 'tmpfs'], place.destination);
    for (const words of [[], ['-Scp', '--', '-a', '%INCLUDE-LIST%', place.destination]]) {
      const { stderr } = await run(
        scope,
        place,
        words.length === 0 ? '-Mrsyncdirect' : '-Mdirect',
        '-D',
        place.destination,
        ...words,
      );
      assert.match(stderr, /destination\S* lies on a file system that is mounted read-only/);
      assert.doesNotMatch(stderr, GENERAL);
    }
  },
);

test('a path that the view hides', { ...asRoot, skip: needsMounts() }, async (scope) => {
  const place = prepare(scope);
  fs.writeFileSync(join(place.base, 'library'), '');
  // Not an argument, because paths in arguments are checked at the start.
  const { stderr } = await run(
    scope,
    place,
    '-Mdirect',
    '-S',
    '/bin/sh',
    '--',
    '-c',
    'cat "$PWD/../$0"',
    'library',
  );
  assert.match(stderr, /cat: .*No such file/);
  assert.match(
    stderr,
    /does not see \S+library: where it exists, --handler-allow \S+library shows it/,
  );
});

test('a refusal in the output of any handler', asRoot, async (scope) => {
  const place = prepare(scope);
  const { stderr } = await run(
    scope,
    place,
    '-Mdirect',
    '-S',
    '/bin/sh',
    '--',
    '-c',
    'echo said >/dev/stderr; echo x >/usr/new',
  );
  assert.match(stderr, /^handler: said$/m);
  assert.match(stderr, GENERAL);
});

test('a refusal in the output of a hook', asRoot, async (scope) => {
  const place = prepare(scope);
  const hook = join(place.base, 'hook');
  fs.writeFileSync(hook, '#!/bin/sh\necho x >/usr/new\n', { mode: 0o755 });
  const { stderr } = await run(
    scope,
    place,
    '-Mdirect',
    '-S/bin/true',
    '--sync-hook',
    hook,
    '--',
    'x',
  );
  assert.match(stderr, /error: hook \S+: exit code/);
  assert.match(stderr, GENERAL);
});

test('a refusal of the other host gets no hint, a link in the way does', () => {
  const reach = {
    shown: [fromText('/source')],
    written: [],
    mirrored: { setid: true, devices: true },
    followsLinks: false,
  };
  const hintOf = (line: string, remote: boolean): [string | undefined, boolean] => {
    const complaints = new Complaints(reach, remote);
    complaints.write(Buffer.from(line + '\n'));
    return [complaints.hint, complaints.denied];
  };
  const theirs = 'rsync: [receiver] mkstemp "/copy/.file.x" failed: Permission denied (13)';
  assert.match(hintOf(theirs, true)[0] ?? '', /the other host/);
  assert.deepEqual(hintOf(theirs, false), [undefined, true]);
  assert.deepEqual(
    hintOf('rsync: [sender] opendir "/source/d" failed: Permission denied (13)', true),
    [undefined, true],
  );
  assert.deepEqual(
    hintOf('rsync: [receiver] change_dir "/copy" failed: No such file or directory (2)', true),
    [undefined, false],
  );
  const link = 'cat: /source/link/file: Too many levels of symbolic links';
  assert.match(hintOf(link, false)[0] ?? '', /--follow-symlinks/);
});
