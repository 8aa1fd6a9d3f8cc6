/** What the master may open once the roles run, in whichever of its threads. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../src/shared/layout.js';
import { native } from '../../src/shared/native.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const INSIDE = fileURLToPath(new URL('master-inside.js', import.meta.url));
const skip = native.landlockVersion() > 0 ? false : 'no Landlock in this kernel';
const OTHER = '65533:65533';

test('no thread of it opens what it was not left', { timeout: DEADLINE, skip }, (scope) => {
  const base = temporaryDirectory(scope);
  fs.chmodSync(base, 0o755);
  fs.writeFileSync(join(base, 'file'), '', { mode: 0o644 });
  const left = ['/proc/self/status', `${FILES.root}package.json`, '/dev/null'];
  if (fs.existsSync('/sys/fs/cgroup')) left.push('/sys/fs/cgroup');
  const refused = ['/', '/tmp', '/dev/zero', base, join(base, 'file'), `/proc/self/root${base}`];
  const output = execFileSync(process.execPath, [INSIDE, OTHER, ...left, ...refused], {
    encoding: 'utf8',
  });
  const threads = JSON.parse(output) as string[][];
  assert.ok(threads.length > 20);
  for (const answers of threads)
    assert.deepEqual(answers, [...left.map(() => 'opened'), ...refused.map(() => 'EACCES')]);
});
