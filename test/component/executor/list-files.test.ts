import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { ListFiles } from '../../../src/executor/lists/list-files.js';
import { mountAt } from '../../harness/mounts.js';
import { needsMounts } from '../../harness/offers.js';
import { temporaryDirectory } from '../../harness/temporary.js';

test(
  'where there is no room nothing of a list is left, and its path is told',
  { skip: needsMounts() },
  (scope) => {
    const directory = temporaryDirectory(scope) + '/full';
    mountAt(scope, ['-t', 'tmpfs', '-o', 'size=16k,mode=700', 'none'], directory);
    const lists = new ListFiles({
      temporaryDirectory: fromText(directory),
      dontUnlinkLists: false,
      listsDirectory: fromText(directory),
    });
    assert.throws(
      () => lists.write('list', Buffer.alloc(1 << 20)),
      (error) => error instanceof Error && error.message.includes(directory),
    );
    assert.deepEqual(readdirSync(directory), []);
  },
);
