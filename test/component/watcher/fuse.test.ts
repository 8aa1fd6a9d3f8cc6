/** A file system in user space below the watch directory, whose user never answers. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { mountFuse, needsFuse } from '../../harness/fuse.js';
import type { FuseMount } from '../../harness/fuse.js';
import { DEADLINE, until } from '../../harness/until.js';
import { scratch, Watched } from './support.js';

const LEFT_OUT = /^theirs\/mount is a FUSE mount of another user and left out/;

for (const options of ['allow_other', ''] as const) {
  test(
    `a mount of another user that answers nothing is left out and not touched${options && `: ${options}`}`,
    { skip: needsFuse, timeout: DEADLINE },
    async (scope) => {
      using directory = scratch();
      const point = `${directory.path}/theirs/mount`;
      mkdirSync(`${point}/under`, { recursive: true });
      const early = mountFuse(scope, point, options);
      using _early = unmounting(early);
      using watched = new Watched(directory.path);
      await watched.message('walked');
      assert.equal(watched.ruled().get('theirs/mount'), 'refused');
      assert.match(watched.records.join('\n'), LEFT_OUT);
      assert.equal(watched.control.counters.directories, 2);
      // Events and searches beside it do not touch it either.
      writeFileSync(`${directory.path}/theirs/f`, '');
      await watched.quiet();
      assert.ok(watched.told().has('theirs/f'));
      early.end();
      early.unmount();
      await until('what is underneath to be found', () => watched.told().has('theirs/mount'));
      await watched.quiet();
      watched.told();
      writeFileSync(`${point}/under/f`, '');
      await watched.quiet();
      assert.deepEqual([...watched.told().keys()], ['theirs/mount/under/f']);

      const late = mountFuse(scope, `${point}/under`, options);
      using _late = unmounting(late);
      await until(
        'the mount to be noticed',
        () => watched.ruled().get('theirs/mount/under') === 'refused',
      );
      writeFileSync(`${directory.path}/theirs/f`, 'more');
      await watched.quiet();
      assert.ok(watched.told().has('theirs/f'));
    },
  );
}

/** Before the directory is removed, which would hang. */
function unmounting(mount: FuseMount): Disposable {
  return {
    [Symbol.dispose]: () => {
      mount.end();
      mount.unmount();
    },
  };
}
