/**
 * 20,000 small files made in 500 nested directories while the daemon runs: all arrive, and the
 * number of rsync runs does not grow with the number of files.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { Mirror } from '../harness/mirror.js';
import { makeManyFiles } from '../harness/samples.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';

const FILES = 20_000;
const DIRECTORIES = 500;
/** So many files take long on a machine that has other work. */
const LIMIT = { timeout: 3 * DEADLINE };
const ARRIVAL = { timeout: 2 * DEADLINE, every: 500 };
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
    await mirror.equal(ARRIVAL);
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
    const own = temporaryDirectory(scope);
    const mirror = new Mirror(scope, {
      options: ['--socket', `${own}/socket`],
      prepare: (source) => fs.writeFileSync(source + '/first', ''),
    });
    await mirror.daemon.logged(/initial sync done/);
    const ctl = new Ctl(own);
    ctl.order('pause');
    makeManyFiles(mirror.source, WAITING, DIRECTORIES);
    // It answers once the watcher has found all of them.
    const flushed = ctl.ask('flush', `--timeout=${PATIENCE / 1000}`);
    assert.match(flushed.stderr, /not at the destination: syncing is paused .*: /);
    assert.doesNotMatch(flushed.stderr, /not all changes have been looked at/);
    ctl.order('resume');
    await mirror.equal(ARRIVAL);
    await mirror.daemon.logged(SYNCED);
    const runs = runsOf(mirror);
    scope.diagnostic(`${runs} rsync runs`);
    assert.ok(runs >= 1 && runs <= FEW, `${runs} rsync runs:\n${mirror.daemon.output}`);
  },
);
