/** Names of one inode, of which some cannot be synced at first. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { makeImmutable } from '../harness/immutable.js';
import { Mirror } from '../harness/mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

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
