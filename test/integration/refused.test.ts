/**
 * Paths that the rules refuse are left alone at the destination, whether or not the source has
 * them.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

/** Refused paths that only the destination has. `stale` is not refused. */
const KEPT = [
  'cache/page',
  'directory/settings.local',
  'gone/settings.local',
  'other.local',
  'refused on both sides.local',
];
const STALE = ['directory/stale', 'gone/stale', 'stale'];

function write(root: string, names: readonly string[], text: string): void {
  for (const name of names) {
    fs.mkdirSync(dirname(join(root, name)), { recursive: true });
    fs.writeFileSync(join(root, name), text);
  }
}

test('refused paths are left alone at the destination', { timeout: DEADLINE }, async (scope) => {
  const base = temporaryDirectory(scope);
  const rules = join(base, 'rules');
  fs.writeFileSync(rules, '-f\\.local$\n-d^cache$\n');
  write(subdirectory(base, 'destination'), [...KEPT, ...STALE], 'there');
  const prepare = (source: string): void =>
    write(source, ['directory/file', 'removed/file', 'refused on both sides.local'], 'here');
  const mirror = new Mirror(scope, { base, options: ['-R', rules], prepare });
  // It fails when something vanishes meanwhile.
  const files = (): string =>
    spawnSync('find', ['.', '-type', 'f', '-printf', '%P\n'], {
      cwd: mirror.destination,
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .sort()
      .join('\n')
      .trim();
  const comesTo = (what: string, ...names: readonly string[]): Promise<void> =>
    mirror.daemon.until(what, () => files() === [...KEPT, ...names].sort().join('\n'), {
      detail: files,
    });
  await comesTo('the initial sync', 'directory/file', 'removed/file');

  write(mirror.destination, ['stale again', 'removed/own.local', 'new.local'], 'there');
  mirror.daemon.signal('SIGUSR2');
  await comesTo('a full sync', 'directory/file', 'removed/file', 'removed/own.local', 'new.local');

  fs.rmSync(join(mirror.source, 'removed'), { recursive: true });
  fs.writeFileSync(join(mirror.source, 'directory/file'), 'changed');
  await comesTo('changes', 'directory/file', 'removed/own.local', 'new.local');
  for (const name of [...KEPT, 'removed/own.local', 'new.local'])
    assert.equal(fs.readFileSync(join(mirror.destination, name), 'utf8'), 'there', name);
});
