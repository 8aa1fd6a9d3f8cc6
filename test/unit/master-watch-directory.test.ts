import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { WatchDirectory } from '../../src/master/watch-directory.js';

test('a watch directory stands while the one that was taken is at its path', () => {
  const base = mkdtempSync(join(tmpdir(), 'clsync-guard-'));
  try {
    const path = join(base, 'w');
    const directory = new WatchDirectory(fromText(path));
    directory.take();
    assert.equal(directory.stands, false, 'absent');
    mkdirSync(path);
    directory.take();
    writeFileSync(join(path, 'f'), '');
    assert.equal(directory.stands, true);
    renameSync(path, join(base, 'moved'));
    assert.equal(directory.stands, false, 'moved');
    mkdirSync(path);
    assert.equal(directory.stands, false, 'another one');
    rmdirSync(path);
    symlinkSync('moved', path);
    assert.equal(directory.stands, false, 'a symbolic link to it');
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
