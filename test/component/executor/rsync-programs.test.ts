/** Mode rsyncdirect: what each rsync is given, and what it says. */
import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer, fromText } from '../../../src/shared/bytes.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import { Driver } from './driver.js';
import { entry, refusal } from '../../harness/entries.js';
import { stage, NEW, REFUSING, differences, source, write } from './rsync-stage.js';

test('names outside UTF-8 reach the log in a readable form when rsync complains', async () => {
  stage.driver = new Driver(stage.scratch.settings({ retries: 0 }));
  await stage.driver.begin();
  rmSync(stage.scratch.destination, { recursive: true });
  writeFileSync(stage.scratch.destination, '');
  stage.driver.batch({ ...entry('', NEW), path: fromBuffer(Buffer.from([0xff])) });
  await stage.driver.until('the failure', () =>
    stage.driver.statuses.includes('synchandler error'),
  );
  for (const words of ['error: rsync: ', 'error: the sync of 1 path failed: exit code'])
    await stage.driver.until(words, () => stage.driver.log.some((line) => line.startsWith(words)));
});

test('lists to be kept are files, one for each run', async () => {
  const lists = join(stage.scratch.root, 'lists');
  stage.driver = new Driver(
    stage.scratch.settings({ dontUnlinkLists: true, listsDirectory: fromText(lists) }),
  );
  await stage.driver.begin(refusal('refused'));
  write('f');
  await stage.driver.sync(entry('f', NEW));
  assert.equal(differences(), '');
  const kept = readdirSync(lists)
    .sort()
    .map((name) => [name.split('.')[1], readFileSync(join(lists, name), 'latin1')]);
  assert.deepEqual(kept, [
    ['clsync-exclist', '/refused\0'],
    ['clsync-list', './f\0'],
  ]);
});

test('an rsync older than 3.5.0 is warned of, once', async () => {
  const old = join(stage.scratch.root, 'rsync');
  writeFileSync(
    old,
    '#!/bin/sh\n[ "$1" = --version ] && echo "rsync  version 3.2.7  protocol version 31" ' +
      '&& exit\nexec rsync "$@"\n',
    { mode: 0o755 },
  );
  stage.driver = new Driver(stage.scratch.settings({ handler: fromText(old) }));
  await stage.driver.begin();
  await stage.driver.until('the warning', () =>
    stage.driver.log.some((line) => /^warning: rsync 3.2.7: use 3.5.0/.test(line)),
  );
});

test(
  'for an rsync that refuses names that are gone: what is linked elsewhere stays linked, ' +
    'though others beside it are read',
  async () => {
    const handler = join(stage.scratch.root, 'rsync');
    writeFileSync(handler, REFUSING, { mode: 0o755 });
    mkdirSync(source('d'));
    for (const file of ['linked', 'new', 'd/old']) write(file);
    linkSync(source('linked'), source('d/other'));
    stage.driver = new Driver(stage.scratch.settings({ handler: fromText(handler) }));
    await stage.driver.begin();
    renameSync(source('new'), source('d/old'));
    await stage.driver.sync(entry('new', IN.MOVED_FROM), entry('d/old', IN.MOVED_TO));
    assert.equal(differences(), '');
  },
);
