/** What another user puts into the tree neither ends the daemon nor keeps it from ending. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { STRANGER, mountFuse, needsFuse } from '../harness/fuse.js';
import { Mirror } from '../harness/mirror.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { ORDINARY_USER } from '../harness/user.js';

for (const options of [[], ['--handler-view=host']]) {
  test(
    ['TERM ends the daemon while a handler hangs in a file system', ...options].join(', '),
    { timeout: DEADLINE, skip: needsFuse },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [source, shown] = ['source', 'shown'].map((name) => subdirectory(base, name)) as [
        string,
        string,
      ];
      const handler = join(base, 'handler');
      fs.writeFileSync(handler, '#!/bin/sh\ncat ../shown/hangs/file\n', { mode: 0o755 });
      const mount = mountFuse(scope, join(shown, 'hangs'), 'allow_other');
      const daemon = new Daemon(scope, [
        ...[...commandOf('clsync'), '-H/NULL/', '-Msimple', `-S${handler}`, `-W${source}`],
        ...[`--handler-allow=${shown}`, '-t0', '-w0', ...options],
      ]);
      await daemon.until('the handler to hang', () => hangs(daemon, /^cat /));
      const hanging = daemon.find(/^cat /);
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
      assert.match(
        daemon.stderr,
        new RegExp(`left to the kernel: cat \\(process ${hanging?.pid}\\)`),
      );
      mount.end();
      await daemon.gone(base);
    },
  );
}

/**
 * Makes sixty nested directories with names of 200 bytes, a file in each: most of their paths are
 * longer than PATH_MAX.
 */
const NEST = `
import os, sys
os.chdir(sys.argv[1])
for i in range(60):
    os.mkdir('d' * 200)
    os.chdir('d' * 200)
    os.close(os.open('f', os.O_CREAT | os.O_WRONLY))
`;
const OWN_WORDS =
  '-- -aH --delete --exclude-from %EXCLUDE-LIST-PATH% --include-from %INCLUDE-LIST-PATH% ' +
  '--exclude=* %watch-dir%/ %destination-dir%/';

/** What another user makes in a directory of his own in the tree. */
const ATTACKS = {
  'directories nested too deep': (_scope: Scope, theirs: string) =>
    execFileSync('python3', ['-c', NEST, theirs], { uid: STRANGER, gid: STRANGER }),
  'a FUSE mount that lets nobody in': (scope: Scope, theirs: string) =>
    mountFuse(scope, join(theirs, 'mount')),
} as const;

for (const [what, attack] of Object.entries(ATTACKS)) {
  for (const options of ['', '-r1', '--rsync-prefer-include', OWN_WORDS]) {
    test(
      [`${what}: the rest is mirrored, by a daemon that goes on`, options.split(' -aH')[0]].join(
        ' ',
      ),
      { timeout: DEADLINE, skip: needsFuse },
      async (scope) => {
        const base = temporaryDirectory(scope);
        atEnd(scope, () => void execFileSync('rm', ['-rf', base]));
        const theirs = subdirectory(join(base, 'source'), 'theirs', {
          ...ORDINARY_USER,
          uid: STRANGER,
          gid: STRANGER,
        });
        fs.writeFileSync(join(base, 'source', 'first'), '');
        attack(scope, theirs);
        const mirror = new Mirror(scope, {
          base,
          options: options.split(' ').filter((word) => word !== ''),
        });
        const arrives = (name: string): Promise<void> =>
          mirror.daemon.until(name, () => fs.existsSync(join(base, 'destination', name)));
        await arrives('first');
        await mirror.daemon.logged(/initial sync done/);
        for (const name of ['second', 'theirs/other'])
          fs.writeFileSync(join(base, 'source', name), '');
        await Promise.all([arrives('second'), arrives('theirs/other')]);
        assert.equal((await mirror.daemon.stop('SIGTERM')).code, 0);
      },
    );
  }
}

test(
  'what waits to be synced when a file system that answers nothing hides it is not looked at',
  { timeout: DEADLINE, skip: needsFuse },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const source = shared(scope, base);
    fs.mkdirSync(join(source, 'late'));
    const { daemon, destination } = new Mirror(scope, {
      base,
      // Something waits for later, so that it is asked what belongs together.
      options: ['-t4', '-T3600', '-B10', '-d2'],
    });
    await daemon.logged(/initial sync done/);
    for (const name of ['late/file', 'other']) fs.writeFileSync(join(source, name), '');
    fs.writeFileSync(join(source, 'big'), 'more than ten bytes');
    await daemon.logged(/[2-5] pending/);
    mountFuse(scope, join(source, 'late'), 'allow_other');
    await daemon.logged(/late is a FUSE mount of another user and left out/);
    await daemon.until('the other', () => fs.existsSync(join(destination, 'other')));
  },
);

/** A source whose later mounts every mount namespace sees, as on most systems. */
function shared(scope: Scope, base: string): string {
  const source = subdirectory(base, 'source');
  execFileSync('mount', ['--bind', source, source]);
  atEnd(scope, () => void execFileSync('umount', ['--lazy', source]));
  execFileSync('mount', ['--make-shared', source]);
  return source;
}

for (const late of ['theirs/late', 'late']) {
  test(
    `file systems that answer nothing, one of them mounted later at ${late}: full syncs go by`,
    { timeout: DEADLINE, skip: needsFuse },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const source = shared(scope, base);
      for (const name of ['theirs', late]) fs.mkdirSync(join(source, name), { recursive: true });
      fs.writeFileSync(join(source, late, 'before'), '');
      mountFuse(scope, join(source, 'theirs/early'), 'allow_other');
      const mirror = new Mirror(scope, { base });
      const { daemon, destination } = mirror;
      const synced = async (name: string): Promise<void> => {
        daemon.signal('SIGUSR2');
        fs.writeFileSync(join(source, name), '');
        await daemon.until(name, () => fs.existsSync(join(destination, name)));
      };
      await daemon.logged(/initial sync done/);
      const syncedWhole = async (name: string): Promise<void> => {
        const changed = join(destination, 'first');
        fs.writeFileSync(changed, 'to be undone by a full sync');
        await synced(name);
        await daemon.until('the full sync', () => fs.readFileSync(changed, 'utf8') === '');
        await daemon.until('its end', () => daemon.find(/^(\/\S*\/)?rsync /) === undefined);
      };
      await synced('first');
      // A sync that is under way when the mount is made may have entered the directory.
      await syncedWhole('before');
      mountFuse(scope, join(source, late), 'allow_other');
      await daemon.logged(new RegExp(`${late} is a FUSE mount of another user and left out`));
      await syncedWhole('second');
      await synced('theirs/third');
      assert.ok(fs.existsSync(join(destination, late, 'before')), 'nothing is deleted for it');
      assert.equal((await daemon.stop('SIGTERM')).code, 0);
    },
  );
}

/** Whether the process waits for the answer of a FUSE file system. */
function hangs(daemon: Daemon, command: RegExp): boolean {
  const found = daemon.find(command);
  return found !== undefined && read(`/proc/${found.pid}/wchan`).startsWith('request_wait');
}
