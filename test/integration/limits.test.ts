/**
 * Too few inotify watches: one line names the number needed and the sysctl, and nothing is changed.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../harness/compare.js';
import { Daemon } from '../harness/daemon.js';
import { Mirror } from '../harness/mirror.js';
import { needsUserNamespaces } from '../harness/offers.js';
import { descendants } from '../harness/processes.js';
import { commandOf, mirrorOptions } from '../harness/programs.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { ORDINARY_USER, as, needsRoot } from '../harness/user.js';

const DIRECTORIES = 50;
const LIMIT = 20;

/**
 * Limits the watches by a user namespace: its limit applies only to itself and to namespaces inside
 * it. The inner namespace runs as an ordinary user again.
 */
function startLimited(scope: Scope, base: string, source: string, destination: string): Daemon {
  const limited = join(base, 'limited');
  fs.writeFileSync(
    limited,
    `echo ${LIMIT} >/proc/sys/user/max_inotify_watches && exec unshare --user ` +
      `--map-user=${ORDINARY_USER.uid} --map-group=${ORDINARY_USER.gid} "$@"\n`,
  );
  const command = [
    ...commandOf('clsync'),
    ...mirrorOptions(scope, 'clsync', { source, destination }),
  ];
  return new Daemon(scope, ['unshare', '--user', '--map-root-user', 'sh', limited, ...command], {
    user: ORDINARY_USER,
  });
}

test(
  'the watch limit is reported with the number needed and the sysctl',
  { skip: needsRoot || needsUserNamespaces(), timeout: 60_000 },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const source = subdirectory(base, 'source', ORDINARY_USER);
    const destination = subdirectory(base, 'destination', ORDINARY_USER);
    makeManyFiles(source, 0, DIRECTORIES);
    const daemon = startLimited(scope, base, source, destination);
    const { code } = await daemon.exited;
    assert.notEqual(code, 0);
    assert.ok(
      new RegExp(`\\b${DIRECTORIES + 1}\\b`).test(daemon.stderr),
      `says that ${DIRECTORIES + 1} watches are needed: ${daemon.stderr}`,
    );
    assert.match(daemon.stderr, /fs\.inotify\.max_user_watches/);
    assert.deepEqual(fs.readdirSync(destination), []);
  },
);

test(
  'the watch limit is reached while running: what is not watched is synced by the walks ' +
    'that try again',
  { skip: needsRoot || needsUserNamespaces(), timeout: 60_000 },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const source = subdirectory(base, 'source', ORDINARY_USER);
    const destination = subdirectory(base, 'destination', ORDINARY_USER);
    const daemon = startLimited(scope, base, source, destination);
    await daemon.logged(/initial sync done/);
    as(ORDINARY_USER, () => makeManyFiles(source, DIRECTORIES, DIRECTORIES));
    await daemon.logged(/fs\.inotify\.max_user_watches is reached/);
    await daemon.until('the new files', () => compareTrees(source, destination).length === 0);
    // Most of these files are in directories without a watch.
    as(ORDINARY_USER, () => {
      for (const entry of fs.readdirSync(source, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) fs.appendFileSync(join(entry.parentPath, entry.name), 'more');
      }
    });
    await daemon.until('the changes', () => compareTrees(source, destination).length === 0);
    assert.equal(daemon.exit, undefined);
  },
);

/**
 * Version 1 of control groups, where a group is named after the daemon. A group of version 2 is the
 * service's own.
 */
const GROUPS = '/sys/fs/cgroup/pids';

test(
  'a control group that someone removed while it was empty is made anew',
  {
    skip: needsRoot || (fs.existsSync(GROUPS) ? false : 'no pids controller of version 1 here'),
    timeout: 60_000,
  },
  async (scope) => {
    const mirror = new Mirror(scope);
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    const executor = descendants(daemon.pid)
      .filter(({ command }) => command.includes('roles/executor/main.js'))
      .at(-1);
    assert.ok(executor);
    const group = join(
      GROUPS,
      /:pids:(.*)/.exec(fs.readFileSync(`/proc/${executor.pid}/cgroup`, 'latin1'))?.[1] ?? '',
    );
    process.kill(executor.pid, 'SIGKILL');
    await daemon.until(
      'the group to be empty',
      () => {
        try {
          fs.rmdirSync(group);
          return true;
        } catch {
          return false; // the group is still in use
        }
      },
      { every: 1 },
    );
    fs.writeFileSync(join(mirror.source, 'later'), '1');
    await mirror.equal();
    assert.ok(fs.existsSync(group));
  },
);
