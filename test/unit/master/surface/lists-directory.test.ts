import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { ListsDirectory } from '../../../../src/master/surface/lists-directory.js';

test(
  'a directory for lists is made for its user alone, and goes at the end unless lists were ' +
    'kept',
  (context) => {
    const base = mkdtempSync(join(tmpdir(), 'clsync-lists-'));
    context.after(() => rmSync(base, { recursive: true }));
    const path = join(base, 'lists');
    const lists = ListsDirectory.make(fromText(path));
    assert.equal(statSync(path).mode & 0o7777, 0o700);
    assert.equal(
      ListsDirectory.make(fromText(path)),
      undefined,
      "one that exists is the user's own",
    );
    if (process.getuid?.() === 0) {
      lists?.give({ uid: 61000, gid: 61001, groups: [] });
      assert.deepEqual([statSync(path).uid, statSync(path).gid], [61000, 61001]);
    }
    lists?.remove();
    assert.ok(!existsSync(path));

    const kept = ListsDirectory.make(fromText(path));
    writeFileSync(join(path, 'kept'), '');
    kept?.remove();
    assert.ok(existsSync(join(path, 'kept')));
    assert.throws(
      () => ListsDirectory.make(fromText(join(base, 'absent/lists'))),
      /--lists-dir: cannot write .*its directory does not exist/,
    );
  },
);
