import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake } from '../../../../src/executor/intake/intake.js';
import { OverlongDirectories } from '../../../../src/executor/intake/overlong.js';
import { RefusedPaths } from '../../../../src/executor/intake/refused.js';
import { Queues } from '../../../../src/executor/schedule/queues.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { ObjectType } from '../../../../src/shared/entry.js';
import type { Entry } from '../../../../src/shared/entry.js';
import { IN } from '../../../../src/shared/inotify-mask.js';
import { entry } from '../../../harness/entries.js';

const { absent, file } = ObjectType;

test('of a chain of moves that came in parts the origin is what the destination has', () => {
  const queues = new Queues({ normal: 0, big: 0, sync: 0 });
  const intake = new Intake(new RefusedPaths(), new OverlongDirectories(() => []), queues);
  const moved = (path: string, origin: string): Entry => ({
    ...entry(path, IN.MOVED_TO),
    before: absent,
    after: file,
    origin: fromText(origin),
  });
  const gone = (path: string): Entry => ({
    ...entry(path, IN.MOVED_FROM),
    before: file,
    after: absent,
  });
  const accept = (...changes: readonly Entry[]): void =>
    intake.accept({ changes, refused: [], released: [] });
  accept(gone('a'), moved('between', 'a'));
  accept(moved('a', 'b'), gone('between'), moved('b', 'between'), moved('back', 'back'));
  assert.deepEqual(
    ['a', 'b', 'back'].map((path) => queues.find(fromText(path))?.origin),
    ['b', 'a', undefined],
  );
});
