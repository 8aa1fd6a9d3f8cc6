/** What is known of a directory that was moved, when the daemon is killed. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, fromText } from '../../../../src/shared/bytes.js';
import { ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { Records } from '../../../../src/shared/state/records.js';
import { STATE_FILES } from '../../../../src/shared/state/files.js';
import { isSame, isUnsureBeneath } from '../../../../src/executor/state/rows.js';
import { State } from '../../../../src/executor/state/state.js';
import { Store } from '../../../../src/executor/state/store.js';
import { Usage } from '../../../../src/executor/state/usage.js';
import { atEnd, subdirectory, temporaryDirectory } from '../../../harness/temporary.js';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
const MOVED: Entry = {
  path: fromText('new'),
  origin: fromText('old'),
  mask: (IN.MOVED_TO | IN.ISDIR) >>> 0,
  before: ObjectType.absent,
  after: ObjectType.directory,
  flags: 0,
  since: 0,
};

for (const [when, hasEnded] of [
  ['while it is synced', false],
  ['before all in it is', true],
] as const)
  test(`a directory that was moved is compared with all in it by the start after a kill ${when}`, async (t) => {
    const base = temporaryDirectory(t);
    const source = subdirectory(base, 'source');
    fs.mkdirSync(join(source, 'new'));
    const files = STATE_FILES.map((name) => fs.openSync(join(base, name), 'w+'));
    atEnd(t, () => files.forEach((file) => fs.closeSync(file)));
    Records.open(files[0] as number).put({ id: ID });
    const surface = { report: () => undefined, usage: new Usage(() => undefined) };
    const state = new State(files, {
      ...surface,
      watchDirectory: fromText(source),
      takesWhole: true,
      isAsBefore: isSame,
      skipsInitial: false,
      syncsAll: false,
      add: () => undefined,
      quiet: () => Promise.resolve(),
      waiting: () => [],
      changedSince: () => [],
      brokeOff: () => undefined,
    });
    const kept = await state.syncs([MOVED]);
    if (hasEnded) await kept.ended([MOVED], []);
    const row = new Store(files, surface).marks.rowsOf(ROOT).get(MOVED.path);
    assert.ok(row !== undefined && isUnsureBeneath(row));
  });
