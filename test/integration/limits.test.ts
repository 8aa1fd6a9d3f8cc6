/** Too few inotify watches: one line that says how many are needed and which sysctl, and nothing touched. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf, mirrorOptions } from '../harness/programs.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { ORDINARY_USER, needsRoot } from '../harness/user.js';

const DIRECTORIES = 50;
const LIMIT = 20;

test('the watch limit is told with its number and its sysctl', { skip: needsRoot, timeout: 60_000 }, async (scope) => {
  const base = temporaryDirectory(scope);
  const source = subdirectory(base, 'source', ORDINARY_USER);
  const destination = subdirectory(base, 'destination', ORDINARY_USER);
  makeManyFiles(source, 0, DIRECTORIES);
  const limited = join(base, 'limited');
  // The limit of a user namespace holds for it and those within, and for nothing else. The inner one is an ordinary user's again.
  fs.writeFileSync(limited, `echo ${LIMIT} >/proc/sys/user/max_inotify_watches && exec unshare --user --map-user=${ORDINARY_USER.uid} --map-group=${ORDINARY_USER.gid} "$@"\n`);
  const command = [...commandOf('clsync', ORDINARY_USER), ...mirrorOptions(scope, 'clsync', { source, destination })];
  const daemon = new Daemon(scope, ['unshare', '--user', '--map-root-user', 'sh', limited, ...command], { user: ORDINARY_USER });
  const { code } = await daemon.exited;
  assert.notEqual(code, 0);
  assert.ok(new RegExp(`\\b${DIRECTORIES + 1}\\b`).test(daemon.stderr), `says that ${DIRECTORIES + 1} watches are needed: ${daemon.stderr}`);
  assert.match(daemon.stderr, /fs\.inotify\.max_user_watches/);
  assert.deepEqual(fs.readdirSync(destination), []);
});
