/**
 * 20,000 small files made in 500 nested directories while the daemon runs: all arrive, and the
 * number of rsync runs does not grow with the number of files.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const FILES = 20_000;
const DIRECTORIES = 500;
const LIMIT = { timeout: DEADLINE };
/** Fewer files than one portion. */
const WAITING = 5_000;
/**
 * The most runs for a burst that has ended: the initial sync, its parts, and the changes meanwhile.
 */
const FEW = 10;
/** Milliseconds that a change waits at most, so a long burst takes more runs. */
const OLDEST = 200;

const SYNCED = /synced \d+ path/;
const runsOf = (mirror: Mirror): number => mirror.daemon.stderr.split(SYNCED).length - 1;

test(
  `${FILES} files in ${DIRECTORIES} nested directories arrive in no more rsync runs than ` +
    'time allows',
  LIMIT,
  async (scope) => {
    const mirror = new Mirror(scope, {
      prepare: (source) => fs.writeFileSync(source + '/first', ''),
    });
    await mirror.daemon.until('the initial sync', () =>
      fs.existsSync(mirror.destination + '/first'),
    );
    const began = Date.now();
    makeManyFiles(mirror.source, FILES, DIRECTORIES);
    await mirror.equal({ timeout: 240_000, every: 500 });
    // The run that brought the last file may not have ended.
    await mirror.daemon.logged(SYNCED);
    const most = FEW + (Date.now() - began) / OLDEST;
    const runs = runsOf(mirror);
    scope.diagnostic(`${runs} rsync runs, at most ${Math.floor(most)}`);
    assert.ok(runs >= 1 && runs <= most, `${runs} rsync runs:\n${mirror.daemon.output}`);
  },
);

test(
  `${WAITING} files that have waited arrive in at most ${FEW} rsync runs`,
  LIMIT,
  async (scope) => {
    const standby = join(temporaryDirectory(scope), 'standby');
    const status = join(subdirectory(temporaryDirectory(scope), 'state'), 'status');
    const mirror = new Mirror(scope, {
      options: ['--standby-file', standby, '--status-file', status],
      prepare: (source) => fs.writeFileSync(source + '/first', ''),
    });
    await mirror.daemon.logged(/initial sync done/);
    fs.writeFileSync(standby, '');
    fs.writeFileSync(mirror.source + '/second', '');
    await mirror.daemon.until(
      'the hold',
      () => fs.readFileSync(status, 'utf8').trim() === 'hold on',
    );
    makeManyFiles(mirror.source, WAITING, DIRECTORIES);
    fs.rmSync(standby);
    await mirror.equal({ timeout: 240_000, every: 500 });
    await mirror.daemon.logged(SYNCED);
    const runs = runsOf(mirror);
    scope.diagnostic(`${runs} rsync runs`);
    assert.ok(runs >= 1 && runs <= FEW, `${runs} rsync runs:\n${mirror.daemon.output}`);
  },
);
