/** Several destinations with handlers, and with places of their own. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { needsControlGroups, needsMounts } from '../harness/offers.js';
import { Several } from '../harness/several.js';
import { subdirectory } from '../harness/temporary.js';

const BOTH = ['destination', 'other'];
/** What cp copies. */
const COPIED = ['--', '-a', '--parents', '%INCLUDE-LIST%', '%destination-dir%/'];
const RSYNC = ['-aH', '--delete', '--include-from=%INCLUDE-LIST-PATH%', '--exclude=*'];

/** The names that were synced to a destination, of the daemon's last syncs. */
function synced({ ctl, base }: Several, at: string): string[] {
  const events = ctl.ask('--json', 'events').stdout.trim().split('\n');
  return events
    .map((line) => JSON.parse(line) as { destination?: string; names?: readonly string[] })
    .filter(({ destination }) => destination === `${base}/${at}`)
    .flatMap(({ names = [] }) => names);
}

test('a handler of single objects gets what its destination has missed, and no other', async (scope) => {
  const several = await Several.start(scope, ['-Mdirect', '--also-to=other', ...COPIED]);
  await several.change('before', BOTH);
  several.ctl.order('flush');
  const before = synced(several, 'destination');
  several.move('other', 'away');
  await several.daemon.logged(/other is gone/);
  await several.change('meanwhile', ['destination']);
  several.move('away', 'other');
  await several.arrived('other', ['meanwhile']);
  await several.change('later', BOTH);
  several.ctl.order('flush');
  const names = synced(several, 'destination').slice(before.length);
  assert.deepEqual([...new Set(names)], ['meanwhile', 'later']);
  await several.daemon.stop();
  assert.equal(several.daemon.exit?.code, 0);
});

test('each executor has lists of its own', async (scope) => {
  const several = await Several.start(scope, [
    ...['--also-to=other', '--lists-dir=lists', '--dont-unlink-lists', '--rsync-prefer-include'],
    ...['--', ...RSYNC, '%watch-dir%/', '%destination-dir%/'],
  ]);
  await several.change('one', BOTH);
  for (const at of ['lists', 'lists.2'])
    assert.notDeepEqual(fs.readdirSync(`${several.base}/${at}`), [], at);
  fs.rmSync(`${several.base}/lists.2`, { recursive: true });
  await several.change('two', BOTH);
  await several.daemon.stop();
});

test('the host is shown to the handlers of each', { skip: needsMounts() }, async (scope) => {
  const several = await Several.start(scope, [
    ...['-Mrsyncshell', '-Srsync', '--also-to=other', '--handler-view=host', '--mountpoints=/proc'],
    ...(needsControlGroups() === false ? ['--handler-io=1G'] : []),
    ...['--', ...RSYNC, '%watch-dir%/', '%destination-dir%/'],
  ]);
  await several.change('one', BOTH);
  await several.daemon.stop();
});

test('old versions are kept for each destination, and the source has them nowhere', async (scope) => {
  const own = '[b]\ndestination-dir = other\nbackup-dir = other/.old\n';
  const several = await Several.start(
    scope,
    ['-Mmirror', '-Hconfig', '--backup-dir=old', '--also-to=[b]'],
    own,
    (base) => ['other', 'old', 'other/.old'].forEach((name) => subdirectory(base, name)),
  );
  const { base } = several;
  await several.change('file', BOTH);
  subdirectory(base, 'source/.old');
  fs.rmSync(`${base}/source/file`);
  for (const at of ['old', 'other/.old'])
    await several.daemon.until(`an old version in ${at}`, () =>
      fs.readdirSync(`${base}/${at}`).some((time) => fs.existsSync(`${base}/${at}/${time}/file`)),
    );
  several.ctl.order('flush');
  assert.deepEqual(fs.readdirSync(`${base}/destination`), ['first']);
  assert.deepEqual(fs.readdirSync(`${base}/other`), ['.old', 'first']);
  assert.equal(fs.readdirSync(`${base}/other/.old`).length, 1);
  await several.daemon.stop();
});
