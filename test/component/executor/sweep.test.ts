import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { sweep } from '../../../src/executor/run/sweep.js';
import { temporaryDirectory } from '../../harness/temporary.js';

/** Deeper than any path can be. */
const DEEP =
  'for i in $(seq 100); do mkdir $0 && cd -P $0 || exit; done; echo x >end; chmod 0 ../$0';

test('a directory is emptied whatever is in it, but for what is spared', async (scope) => {
  const place = temporaryDirectory(scope);
  const other = temporaryDirectory(scope);
  fs.writeFileSync(other + '/file', 'x');
  fs.symlinkSync(other, place + '/link');
  fs.writeFileSync(Buffer.from(place + '/\xff\n', 'latin1'), 'x');
  fs.mkdirSync(place + '/spared');
  fs.writeFileSync(place + '/spared/file', 'x');
  fs.mkdirSync(place + '/.clsync-moved-0');
  fs.symlinkSync(other, place + '/.clsync-moved-0/link');
  execFileSync('sh', ['-c', DEEP, 'd'.repeat(250)], { cwd: place });
  for (let count = 0; count < 1000; count++) fs.writeFileSync(`${place}/${count}`, '');
  await sweep([fromText(place), fromText(place + '/absent')], [fromText(place + '/spared')]);
  assert.deepEqual(fs.readdirSync(place), ['spared']);
  assert.deepEqual(fs.readdirSync(place + '/spared'), ['file']);
  assert.deepEqual(fs.readdirSync(other), ['file']);
});
