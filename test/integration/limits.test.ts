/** Too few inotify watches: one line says so, and what is not watched is compared. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SYSTEM_FILES } from '../../src/master/sandbox/system-files.js';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import type { Daemon } from '../harness/daemon.js';
import { startLimited } from '../harness/limited.js';
import { Mirror } from '../harness/mirror.js';
import { needsUserNamespaces } from '../harness/offers.js';
import { descendants, killAll, readOf } from '../harness/processes.js';
import type { ProcessInfo } from '../harness/processes.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { ORDINARY_USER, as, needsRoot } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const DIRECTORIES = 50;
/** The master takes some for system files, and the directories they are in. */
const LIMIT = 25 + SYSTEM_FILES.length;

/** A mirror of more directories than there are watches, all in sync. */
async function startCrowded(scope: TestContext): Promise<{
  readonly daemon: Daemon;
  readonly source: string;
  same(): Promise<void>;
}> {
  const base = temporaryDirectory(scope);
  const source = subdirectory(base, 'source', ORDINARY_USER);
  const destination = subdirectory(base, 'destination', ORDINARY_USER);
  as(ORDINARY_USER, () => makeManyFiles(source, DIRECTORIES, DIRECTORIES));
  const places = { source, destination };
  const daemon = startLimited(scope, LIMIT, base, places, '--poll-interval=1');
  const same = (): Promise<void> =>
    daemon.until('the same trees', () => compareTrees(source, destination).length === 0, {
      detail: () => describeDifferences(compareTrees(source, destination)),
    });
  await daemon.logged(/initial sync done/);
  await same();
  return { daemon, source, same };
}

test(
  'the watch limit is reported with the number of directories and the sysctl, and the daemon ' +
    'starts',
  { skip: needsRoot || needsUserNamespaces(), timeout: DEADLINE },
  async (scope) => {
    const { daemon } = await startCrowded(scope);
    const line = `of ${DIRECTORIES + 1} directories are not watched`;
    await daemon.logged(new RegExp(`\\b\\d+ ${line}.* fs\\.inotify\\.max_user_watches is reached`));
  },
);

test(
  'what is written, made and removed in directories without a watch is synced',
  { skip: needsRoot || needsUserNamespaces(), timeout: DEADLINE },
  async (scope) => {
    const { daemon, source, same } = await startCrowded(scope);
    const files = fs
      .readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    as(ORDINARY_USER, () => {
      for (const file of files) fs.appendFileSync(file, 'more');
    });
    await same();
    as(ORDINARY_USER, () => {
      for (const [index, file] of files.entries())
        if (index % 2 === 0) fs.rmSync(file);
        else fs.mkdirSync(`${file}.made/deep`, { recursive: true });
    });
    await same();
    as(ORDINARY_USER, () => {
      for (const [index, file] of files.entries())
        if (index % 2 === 1) fs.writeFileSync(`${file}.made/deep/file`, 'x');
    });
    await same();
    assert.equal(daemon.exit, undefined);
  },
);

test(
  'once there are enough watches, the directories without one are watched again',
  { skip: needsRoot || needsUserNamespaces(), timeout: DEADLINE },
  async (scope) => {
    const { daemon, source, same } = await startCrowded(scope);
    const beneath = fs.readdirSync(join(source, 'd1')).map((name) => join('d1', name));
    as(ORDINARY_USER, () => {
      for (const name of ['d2', ...beneath]) fs.rmSync(join(source, name), { recursive: true });
    });
    await daemon.logged(/all directories are watched again/);
    as(ORDINARY_USER, () => fs.writeFileSync(join(source, 'd1', 'later'), 'x'));
    await same();
  },
);

/**
 * Version 1 of control groups, where a group is named after the daemon. A group of version 2 is the
 * service's own.
 */
const GROUPS = '/sys/fs/cgroup/pids';
const LOOKS = 500;

test(
  'a control group that someone removed while it was empty is made anew',
  {
    skip: needsRoot || (fs.existsSync(GROUPS) ? false : 'no pids controller of version 1 here'),
    timeout: DEADLINE,
  },
  async (scope) => {
    const mirror = new Mirror(scope);
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    const executors = (): ProcessInfo[] =>
      descendants(daemon.pid).filter(({ command }) => command.includes('roles/executor/main.js'));
    const [, name = ''] = /:pids:(.*)/.exec(readOf(executors()[0]?.pid ?? 0, 'cgroup')) ?? [];
    assert.notEqual(name, '');
    const group = join(GROUPS, name);
    let looks = 0;
    await daemon.until(
      'the group to be empty',
      () => {
        // Again when another executor was there before a look: each is started after a longer
        // pause.
        if (looks++ % LOOKS === 0) killAll(executors());
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
