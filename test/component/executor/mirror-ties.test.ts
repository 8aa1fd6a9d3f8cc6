/** The C part of mode mirror: names of one inode in a source that changes meanwhile. */
import assert from 'node:assert/strict';
import { linkSync, lstatSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MirrorOption } from '../../../src/executor/modes/mirror/wire.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';
import { MirrorStage, TERMS, found, row } from './mirror-stage.js';

/** Sets the times of a symbolic link, with hardly a pause. */
const TOUCHES =
  "const fs = require('node:fs');" +
  'for (let time = 1; ; time++) fs.lutimesSync(workerData, time, time);';

test('a name that could not be tied in time is tried again with another name of its inode', async (context) => {
  // Without times, the copy that there is stays equal to its source.
  const stage = new MirrorStage(temporaryDirectory(context), {
    options: TERMS.options & ~MirrorOption.times,
  });
  context.after(() => stage.close());
  const [first, second] = ['first', 'second'].map((name) => join(stage.source, name)) as [
    string,
    string,
  ];
  symlinkSync('target', first);
  assert.deepEqual(found(await stage.tree()), []);
  linkSync(first, second);
  const toucher = new Worker(`const { workerData } = require('node:worker_threads');${TOUCHES}`, {
    eval: true,
    workerData: first,
  });
  let findings: string[] = [];
  // Between two looks there may be no touch.
  await until('the source changed whenever it was looked at', async () => {
    rmSync(join(stage.destination, 'second'), { force: true });
    findings = found(await stage.run([row('name', 'first'), row('name', 'second')]));
    return findings.length > 0;
  });
  await toucher.terminate();
  assert.deepEqual(findings, ['changed first', 'changed second']);
  assert.deepEqual(found(await stage.run([row('name', 'first'), row('name', 'second')])), []);
  const inode = (name: string): number => lstatSync(join(stage.destination, name)).ino;
  assert.equal(inode('second'), inode('first'));
});
