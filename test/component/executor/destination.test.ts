/** What is found out about a destination, where that is not as simple as on a disk of one's own. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { keptTimes } from '../../../src/executor/lists/kept-times.js';
import { DestinationWatch, INTERVAL, lookAt } from '../../../src/executor/schedule/destination.js';
import { fromText } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import { bindElsewhere, bindStoppable, needsBindfs, needsFuse } from '../../harness/fuse.js';
import { subdirectory, temporaryDirectory } from '../../harness/temporary.js';
import { DEADLINE, until } from '../../harness/until.js';
import { needsRoot } from '../../harness/user.js';

const LOOK = `
  import('${FILES.root}/dist/src/executor/schedule/destination.js').then(({ lookAt }) =>
    lookAt(process.argv[1])).then(({ inode }) => console.log(inode !== undefined));
`;

test(
  'an executor with a uid of its own may write where its capabilities let it',
  { skip: needsRoot },
  (scope) => {
    const directory = temporaryDirectory(scope);
    const seen = (...rights: string[]): string =>
      execFileSync(
        'setpriv',
        ['--reuid=65533', ...rights, process.execPath, '-e', LOOK, directory],
        {
          encoding: 'utf8',
        },
      ).trim();
    if (
      spawnSync('setpriv', ['--ambient-caps=+dac_override', '--inh-caps=+dac_override', 'true'])
        .status !== 0
    )
      return scope.skip('no ambient capabilities here');
    assert.equal(seen('--inh-caps=+dac_override', '--ambient-caps=+dac_override'), 'true');
    assert.equal(seen(), 'false');
  },
);

test(
  'a FUSE file system, which has no files without a name',
  { skip: needsFuse || needsBindfs },
  (scope) => {
    const base = temporaryDirectory(scope);
    using _ = bindElsewhere(subdirectory(base, 'disk'), `${base}/point`);
    assert.equal(keptTimes(fromText(`${base}/point`))?.window, -1);
  },
);

test('one that is back before the failure is dealt with is worth another try', async (scope) => {
  const path = fromText(`${temporaryDirectory(scope)}/there`);
  let isBack = false;
  const watch = new DestinationWatch(
    () => true,
    () => (isBack = true),
  );
  watch.syncs(path);
  // Looks that are asked for later are answered later.
  for (let looks = 0; looks < 10; looks++) await lookAt(path);
  mkdirSync(path);
  watch.begin(path, false);
  await until('another try', () => isBack);
  watch.end();
});

test(
  'one that does not answer holds nothing up, and counts as back once it answers',
  { timeout: DEADLINE, skip: needsFuse || needsBindfs },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const bound = bindStoppable(scope, subdirectory(base, 'bound'), `${base}/point`);
    let isBack = false;
    const watch = new DestinationWatch(
      () => true,
      () => (isBack = true),
    );
    bound.stop();
    watch.begin(fromText(`${base}/point`), false);
    // Whoever waits for it here would wait for ever.
    await delay(2 * INTERVAL);
    assert.equal(isBack, false);
    bound.go();
    await until('an answer', () => isBack);
    watch.end();
  },
);
