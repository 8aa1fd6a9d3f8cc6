/**
 * A user who owns the source replaces a directory by a symbolic link while it is mirrored: no
 * secret is copied, and nothing outside is written.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../src/shared/layout.js';
import { DEADLINE } from '../harness/until.js';

const SECONDS = Number(process.env['CLSYNC_RACE_SECONDS'] ?? 5);
const ATTACKER = 61320;
/** How often the copy is looked at, at least. */
const LOOKS = 10;
const SECRET = 'the secret of root';

/** Regular files below `directory`, read without following links. */
function contents(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = directory + '/' + entry.name;
    try {
      return entry.isDirectory()
        ? contents(path)
        : entry.isFile()
          ? [readFileSync(path, 'utf8')]
          : [];
    } catch {
      return []; // removed meanwhile
    }
  });
}

for (const view of ['strict', 'host']) {
  // In the host's view only rsync keeps the link from leading to the secret, so only this is
  // checked there: nothing outside is written.
  test(
    `symbolic links swapped in for ${SECONDS} s, ${view} view`,
    { skip: process.getuid?.() === 0 ? false : 'needs root', timeout: DEADLINE + 1000 * SECONDS },
    async () => {
      const directory = mkdtempSync('/var/tmp/clsync-race-');
      const [source, copy, outside, log] = [
        directory + '/source',
        directory + '/copy',
        directory + '/outside',
        directory + '/log',
      ];
      for (const path of [source, copy, outside, source + '/trap']) mkdirSync(path);
      chmodSync(directory, 0o755);
      chmodSync(outside, 0o700);
      writeFileSync(outside + '/secret', SECRET, { mode: 0o600 });
      for (const path of [source, source + '/trap']) chownSync(path, ATTACKER, ATTACKER);
      const before = lstatSync(outside + '/secret', { bigint: true });
      const script =
        `exec ${process.execPath} ${FILES.root}dist/roles/master/main.js -Mrsyncdirect -t0 -T0 ` +
        `-w0 -r0 --handler-view=${view} -W ${source} -D ${copy} >${log} 2>&1`;
      const daemon = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
      const attacker = spawn(
        process.execPath,
        [fileURLToPath(new URL('race-attacker.js', import.meta.url)), source, outside],
        {
          uid: ATTACKER,
          gid: ATTACKER,
          stdio: 'ignore',
        },
      );
      try {
        const end = Date.now() + 1000 * SECONDS;
        let looks = 0;
        let mirrored = false;
        // At least until something was mirrored, for which a slow machine may need longer.
        while (daemon.exitCode === null && (Date.now() < end || !mirrored || looks <= LOOKS)) {
          if (view === 'strict') assert.ok(!contents(copy).includes(SECRET));
          looks++;
          // It comes and goes at the destination too.
          mirrored ||= lstatSync(copy + '/trap', { throwIfNoEntry: false }) !== undefined;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        assert.equal(attacker.exitCode, null);
        assert.equal(daemon.exitCode, null, readFileSync(log, 'utf8'));
        assert.deepEqual(readdirSync(outside), ['secret']);
        const after = lstatSync(outside + '/secret', { bigint: true });
        assert.deepEqual(
          [after.ino, after.mode, after.uid, after.ctimeNs],
          [before.ino, before.mode, before.uid, before.ctimeNs],
        );
      } finally {
        attacker.kill('SIGKILL');
        daemon.kill('SIGTERM');
        for (const child of [attacker, daemon])
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        rmSync(directory, { recursive: true });
      }
    },
  );
}
