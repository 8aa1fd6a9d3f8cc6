import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { STATE_FILES } from '../../src/shared/state/files.js';
import { compareTrees } from '../harness/compare.js';
import { Mirror } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { ORDINARY_USER, isRoot } from '../harness/user.js';

const ASIDE = /set aside/;

function start(t: TestContext, base: string, ...words: readonly string[]): Mirror {
  return new Mirror(t, { base, options: ['--state-dir', `${base}/state`, ...words] });
}

async function once(t: TestContext, base: string, ...words: readonly string[]): Promise<string> {
  const { daemon } = start(t, base, '--only-initialsync', ...words);
  assert.deepEqual((await daemon.exited).code, 0, daemon.output);
  return daemon.stderr;
}

test('the state is made for its user alone, and taken again by the same mirror', async (t) => {
  const base = temporaryDirectory(t);
  assert.doesNotMatch(await once(t, base), ASIDE);
  const modes = ['', ...STATE_FILES].map((name) => fs.statSync(join(base, 'state', name)).mode);
  assert.deepEqual(
    modes.map((mode) => mode & 0o777),
    [0o700, 0o600, 0o600, 0o600],
  );
  assert.doesNotMatch(await once(t, base), ASIDE);
});

test('the state of another mirror is set aside, and said', async (t) => {
  const base = temporaryDirectory(t);
  await once(t, base);
  assert.match(await once(t, base, '--one-file-system'), /other settings \(options\).*set aside/);
  assert.ok(fs.existsSync(`${base}/state/records.aside`));
  fs.writeFileSync(`${base}/rules`, '-f^x$\n');
  const ruled = ['--one-file-system', '--rules-file', `${base}/rules`];
  assert.match(await once(t, base, ...ruled), /other settings \(rules\).*set aside/);
  assert.doesNotMatch(await once(t, base, ...ruled), ASIDE);
});

test('a damaged state, or one of another version, is set aside, and said', async (t) => {
  const base = temporaryDirectory(t);
  await once(t, base);
  fs.writeFileSync(`${base}/state/records`, 'x'.repeat(1000));
  assert.match(await once(t, base), /is damaged.*set aside/);
  assert.doesNotMatch(await once(t, base), ASIDE);
});

test(
  'a disk that is full for the state holds nothing up; the next start syncs everything',
  { skip: needsMounts() },
  async (t) => {
    const base = temporaryDirectory(t);
    const disk = `${base}/disk`;
    mountAt(t, ['-t', 'tmpfs', 'clsync-test', '-o', 'mode=755,size=1m'], disk);
    const words = ['-Mmirror', '--state-dir', `${disk}/state`];
    const source = subdirectory(base, 'source');
    makeManyFiles(source, 200, 1);
    fs.writeFileSync(`${source}/unchanged`, '');
    await once(t, base, ...words);
    assert.throws(() => fs.writeFileSync(`${disk}/other`, Buffer.alloc(2 << 20)), /ENOSPC/);
    for (const name of fs.readdirSync(`${source}/d1`))
      fs.appendFileSync(`${source}/d1/${name}`, '.');
    const full = await once(t, base, ...words);
    assert.match(
      full,
      /cannot be written \(no space left on device\), and the next start syncs everything/,
    );
    assert.deepEqual(compareTrees(source, `${base}/destination`), []);
    fs.rmSync(`${disk}/other`);
    fs.rmSync(`${base}/destination/unchanged`);
    assert.doesNotMatch(await once(t, base, ...words), /cannot be written/);
    assert.deepEqual(compareTrees(source, `${base}/destination`), []);
  },
);

test('two daemons do not share a state; the next one takes it after a daemon was killed', async (t) => {
  const base = temporaryDirectory(t);
  const first = start(t, base);
  await first.daemon.until('the sync', () => /initial sync done/.test(first.daemon.stderr));
  process.kill(first.daemon.pid, 'SIGKILL');
  const second = start(t, base);
  await second.daemon.until('the start', () => /paths that differ/.test(second.daemon.stderr));
  const third = start(t, base);
  assert.equal((await third.daemon.exited).code, 16);
  assert.match(third.daemon.stderr, /--state-dir: .*belongs to another clsync/);
});

test(
  'an ordinary user has a state, too',
  { skip: isRoot ? false : 'covered by the others' },
  async (t) => {
    const base = temporaryDirectory(t, ORDINARY_USER);
    const { daemon } = new Mirror(t, {
      base,
      user: ORDINARY_USER,
      options: ['--state-dir', join(base, 'state'), '--only-initialsync'],
    });
    assert.equal((await daemon.exited).code, 0, daemon.output);
    assert.equal(fs.statSync(join(base, 'state')).uid, ORDINARY_USER.uid);
  },
);
