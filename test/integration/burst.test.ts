/**
 * 20,000 small files made in 500 nested directories while the daemon runs: all arrive, in few rsync
 * runs.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { makeManyFiles } from '../harness/samples.js';

const FILES = 20_000;
const DIRECTORIES = 500;
/** Measured: well under a dozen; a run for each directory would be 500. */
const FEW = 40;

test(
  `${FILES} files in ${DIRECTORIES} nested directories arrive in at most ${FEW} rsync runs`,
  { timeout: 180_000 },
  async (scope) => {
    const mirror = new Mirror(scope, {
      prepare: (source) => fs.writeFileSync(source + '/first', ''),
    });
    await mirror.daemon.until('the initial sync', () =>
      fs.existsSync(mirror.destination + '/first'),
    );
    makeManyFiles(mirror.source, FILES, DIRECTORIES);
    await mirror.equal({ timeout: 120_000, every: 500 });
    const runs = mirror.daemon.stderr.match(/synced \d+ path/g)?.length ?? 0;
    scope.diagnostic(`${runs} rsync runs`);
    assert.ok(runs >= 1 && runs <= FEW, `${runs} rsync runs:\n${mirror.daemon.output}`);
  },
);
