/** Another user mounts file systems below the watch directory. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { mountFuse, needsFuse } from '../harness/fuse.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

/** A directory whose later mounts every mount namespace sees, as on most systems. */
function sharedDirectory(scope: TestContext, path: string): void {
  execFileSync('mount', ['--bind', path, path]);
  atEnd(scope, () => void execFileSync('umount', ['--lazy', path]));
  execFileSync('mount', ['--make-shared', path]);
}

test(
  'mounts that refuse everything are left out, and synced once they are unmounted',
  { timeout: DEADLINE, skip: needsFuse },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination] = ['source', 'destination'].map((name) =>
      subdirectory(base, name),
    ) as [string, string];
    sharedDirectory(scope, source);
    fs.writeFileSync(`${source}/first`, '');
    const early = mountFuse(scope, `${source}/theirs/early`);
    const daemon = new Daemon(scope, [
      ...[...commandOf('clsync'), '-Mrsyncdirect', '-H/NULL/', '-t0', '-w0'],
      ...['-W', source, '-D', destination],
    ]);
    const arrives = (name: string): Promise<void> =>
      daemon.until(`${name} to arrive`, () => fs.existsSync(`${destination}/${name}`));
    const leftOut = (name: string): Promise<void> =>
      daemon.logged(new RegExp(`theirs/${name} is a FUSE mount of another user and left out`));
    await leftOut('early');
    await arrives('first');
    const late = mountFuse(scope, `${source}/theirs/late`);
    await leftOut('late');
    fs.writeFileSync(`${source}/theirs/beside`, '');
    await arrives('theirs/beside');
    fs.mkdirSync(`${source}/new/directory`, { recursive: true });
    await arrives('new/directory');
    for (const mount of [early, late]) {
      mount.end();
      mount.unmount();
    }
    for (const name of ['theirs/early/file', 'theirs/late/file']) {
      fs.writeFileSync(`${source}/${name}`, '');
      await arrives(name);
    }
  },
);

const HANDLER =
  '#!/bin/sh\ncopy=$1; shift\nfor name; do [ ! -f "$name" ] || cp "$name" "$copy"; done\n';
const OWN = ['--', '%destination-dir%', '%INCLUDE-LIST%'];

for (const mode of ['mirror', 'direct'] as const) {
  test(
    `one that answers nothing and comes later holds up neither others nor the end: mode ${mode}`,
    { timeout: DEADLINE, skip: needsFuse },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [source, destination] = ['source', 'destination'].map((name) =>
        subdirectory(base, name),
      ) as [string, string];
      sharedDirectory(scope, source);
      subdirectory(source, 'theirs');
      const handler = `${base}/handler`;
      fs.writeFileSync(handler, HANDLER, { mode: 0o755 });
      const daemon = new Daemon(scope, [
        ...[...commandOf('clsync'), `-M${mode}`, '-H/NULL/', '-t0', '-w0', '-W', source],
        ...['-D', destination, ...(mode === 'direct' ? ['-S', handler, ...OWN] : [])],
      ]);
      await daemon.logged(/initial sync done/);
      const late = mountFuse(scope, `${source}/theirs/late`, 'allow_other');
      await daemon.logged(/theirs\/late is a FUSE mount of another user and left out/);
      fs.writeFileSync(`${source}/theirs/beside`, '');
      fs.writeFileSync(`${source}/other`, '');
      const beside = mode === 'direct' ? 'beside' : 'theirs/beside';
      for (const name of ['other', beside])
        await daemon.until(name, () => fs.existsSync(`${destination}/${name}`));
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
      late.end();
      await daemon.gone(base);
    },
  );
}
