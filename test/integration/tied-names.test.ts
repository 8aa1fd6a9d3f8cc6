/** Names of one inode, of which some cannot be synced at first. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { makeImmutable } from '../harness/immutable.js';
import { Mirror } from '../harness/mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { ORDINARY_USER, as, isRoot, needsRoot } from '../harness/user.js';

for (const mode of ['mirror', 'rsyncdirect'] as const)
  test(
    `a name that failed in a sync of everything is tied to the others in the end: ${mode}`,
    { timeout: DEADLINE, skip: needsRoot },
    async (scope) => {
      for (const starts of ['while it runs', 'after a kill'] as const) {
        const base = temporaryDirectory(scope);
        const directory = `${base}/destination/closed`;
        fs.mkdirSync(directory, { recursive: true });
        const immutable = makeImmutable(scope, directory);
        if (immutable === undefined) return scope.skip('this file system has no immutable files');
        const options = [`-M${mode}`, '-r0', '--state-dir', `${base}/state`];
        const first = new Mirror(scope, {
          base,
          options,
          prepare: (source) => {
            for (const name of ['closed', 'open']) fs.mkdirSync(`${source}/${name}`);
            fs.writeFileSync(`${source}/closed/name`, 'text');
            fs.linkSync(`${source}/closed/name`, `${source}/open/other`);
          },
        });
        await first.daemon.logged(/cannot sync .*closed/);
        assert.ok(fs.existsSync(`${base}/destination/open/other`), starts);
        if (starts === 'after a kill') {
          process.kill(first.daemon.pid, 'SIGKILL');
          await first.daemon.gone(base);
        }
        immutable.end();
        const last = starts === 'after a kill' ? new Mirror(scope, { base, options }) : first;
        await last.equal();
        await last.daemon.stop();
      }
    },
  );

for (const mode of ['mirror', 'rsyncdirect'] as const)
  test(
    `a read-only file stays so when an ordinary user deletes its other names: ${mode}`,
    { timeout: DEADLINE },
    async (scope) => {
      const mirror = new Mirror(scope, {
        ...(isRoot && { user: ORDINARY_USER }),
        options: [`-M${mode}`],
        prepare: (source) => {
          const destination = `${source}/../destination`;
          for (const directory of ['first', 'last/deep'])
            for (const tree of [source, destination])
              fs.mkdirSync(`${tree}/${directory}`, { recursive: true });
          for (const tree of [source, destination])
            fs.writeFileSync(`${tree}/first/name`, 'text', { mode: 0o400 });
          for (const name of ['last/name', 'last/deep/name'])
            fs.linkSync(`${source}/first/name`, `${source}/${name}`);
          // One name that the source has not.
          fs.linkSync(`${destination}/first/name`, `${destination}/last/stale`);
          const { atime, mtime } = fs.statSync(`${source}/first/name`);
          fs.utimesSync(`${destination}/first/name`, atime, mtime);
        },
      });
      await mirror.equal();
      fs.rmSync(`${mirror.source}/last/deep`, { recursive: true });
      await mirror.equal();
      fs.rmSync(`${mirror.source}/last/name`);
      await mirror.equal();
    },
  );

for (const mode of ['mirror', 'rsyncdirect'] as const)
  test(
    `an ordinary user's names go also in directories that he may not write: ${mode}`,
    { timeout: DEADLINE },
    async (scope) => {
      const user = isRoot ? ORDINARY_USER : undefined;
      const mirror = new Mirror(scope, {
        ...(user && { user }),
        options: [`-M${mode}`],
        prepare: (source) => {
          fs.mkdirSync(`${source}/closed/gone`, { recursive: true });
          fs.mkdirSync(`${source}/open`);
          fs.writeFileSync(`${source}/open/name`, 'text', { mode: 0o400 });
          fs.linkSync(`${source}/open/name`, `${source}/closed/name`);
          fs.chmodSync(`${source}/closed`, 0o500);
        },
      });
      await mirror.equal();
      const closed = `${mirror.source}/closed`;
      as(user, () => {
        fs.chmodSync(closed, 0o700);
        fs.rmSync(`${closed}/gone`, { recursive: true });
        fs.rmSync(`${closed}/name`);
        fs.chmodSync(closed, 0o500);
      });
      await mirror.equal();
    },
  );
