/** rsync runs side by side, where the one that began first ends last. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Entry } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { until } from '../../harness/until.js';
import { entry } from '../../harness/entries.js';
import { Driver, Stage } from './driver.js';

const stage = new Stage();

/**
 * An rsync that refuses names that are gone, as Debian's 3.2.7-1+deb12u5 does. If there is a file
 * `slow`, it looks at the source, tells so by a file `looked`, and writes what it saw when there is
 * a file `go`, and then makes `ended`.
 */
const handler = (root: string, source: string): string => `#!/bin/sh
case "$*" in *--delete-missing-args*)
  echo "invalid file mode 00 for a/b [Receiver]" >&2; exit 2;; esac
[ -e '${root}/slow' ] || exec rsync "$@"
rm '${root}/slow'
cp -a '${source}' '${root}/seen'
: >'${root}/looked'
until [ -e '${root}/go' ]; do sleep 0.01; done
for word; do
  shift
  [ "$word" = '${source}/' ] && word='${root}/seen/'
  set -- "$@" "$word"
done
rsync "$@"
code=$?
: >'${root}/ended'
exit $code
`;

for (const threading of ['safe', 'full'] satisfies ExecutorSettings['threading'][]) {
  test(
    'a directory that went beside a run that had seen it does not stay, ' +
      `--threading=${threading}`,
    async () => {
      const { root, source, destination } = stage.scratch;
      const program = join(root, 'rsync');
      writeFileSync(program, handler(root, source), { mode: 0o755 });
      for (const name of ['d', 'd/a', 'd/b', 'd/c']) mkdirSync(join(source, name));
      const driver = new Driver(stage.scratch.settings({ threading, handler: fromText(program) }));
      stage.driver = driver;
      await driver.begin();
      const goes = (name: string) => {
        rmdirSync(join(source, name));
        return entry(name, (IN.DELETE | IN.ISDIR) >>> 0, EntryFlag.implied);
      };
      // It lists directories instead of names from here on.
      await driver.sync(goes('d/c'));
      writeFileSync(join(root, 'slow'), '');
      driver.batch(goes('d/a'));
      await until('a look at the source', () => existsSync(join(root, 'looked')));
      await driver.sync(goes('d/b'));
      assert.equal(existsSync(join(destination, 'd/b')), false);
      writeFileSync(join(root, 'go'), '');
      await until('the end of the slow run', () => existsSync(join(root, 'ended')));
      await until('the end of what it wrote', () => !existsSync(join(destination, 'd/b')));
      assert.deepEqual(
        ['d', 'd/a'].map((name) => existsSync(join(destination, name))),
        [true, false],
      );
    },
  );
}

test('a run that had seen an older mode does not leave it to the other names of a removed one', async () => {
  const { root, source, destination } = stage.scratch;
  const program = join(root, 'rsync');
  writeFileSync(program, handler(root, source), { mode: 0o755 });
  writeFileSync(join(source, 'a'), 'text', { mode: 0o600 });
  for (const name of ['b', 'c']) linkSync(join(source, 'a'), join(source, name));
  const driver = new Driver(
    stage.scratch.settings({ threading: 'full', handler: fromText(program) }),
  );
  stage.driver = driver;
  await driver.begin();
  const changed = (name: string): Entry => entry(name, IN.ATTRIB, EntryFlag.linked);
  writeFileSync(join(root, 'slow'), '');
  driver.batch(changed('a'));
  await until('a look at the source', () => existsSync(join(root, 'looked')));
  rmSync(join(source, 'a'));
  chmodSync(join(source, 'b'), 0o400);
  await driver.sync(changed('b'), changed('c'));
  const mode = (): number => statSync(join(destination, 'b')).mode & 0o777;
  assert.equal(mode(), 0o400);
  writeFileSync(join(root, 'go'), '');
  await until('the end of the slow run', () => existsSync(join(root, 'ended')));
  driver.batch(entry('a', IN.DELETE, EntryFlag.linked));
  await until('the removal of the name', () => !existsSync(join(destination, 'a')));
  await until('the newer mode', () => mode() === 0o400);
});
