import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../../../../src/master/ground/place.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { mountAt } from '../../../harness/mounts.js';
import { needsMounts } from '../../../harness/offers.js';
import { subdirectory, temporaryDirectory } from '../../../harness/temporary.js';

test(
  'a directory of overlayfs that is written to for the first time is the same one',
  { skip: needsMounts() },
  (scope) => {
    const base = realpathSync(temporaryDirectory(scope));
    // overlayfs can have overlayfs below it, but not as the upper layer
    mountAt(scope, ['-t', 'tmpfs', 'clsync-test'], base);
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) =>
      subdirectory(base, name),
    ) as [string, string, string];
    subdirectory(lower, 'source');
    mountAt(
      scope,
      ['-t', 'overlay', 'clsync-test', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`],
      join(base, 'over'),
    );
    const source = new Place('source', fromText(join(base, 'over/source')));
    source.take(source.find());
    writeFileSync(join(base, 'over/source/f'), '');
    assert.equal(source.loss, undefined);
    assert.doesNotThrow(() => source.find());
  },
);
