/** What another user puts into the tree neither ends the daemon nor keeps it from ending. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { mountFuse, needsFuse } from '../harness/fuse.js';
import { mentioning } from '../harness/processes.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { until } from '../harness/until.js';

/** Milliseconds: the end takes less than a second, on a machine that does nothing else. */
const END = 10_000;

for (const options of [[], ['--handler-view=host']]) {
  test(
    ['TERM ends the daemon while a handler hangs in a file system', ...options].join(', '),
    { timeout: 60_000, skip: needsFuse },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [source, shown] = ['source', 'shown'].map((name) => subdirectory(base, name)) as [
        string,
        string,
      ];
      const handler = join(base, 'handler');
      fs.writeFileSync(handler, '#!/bin/sh\ncat ../shown/hangs/file\n', { mode: 0o755 });
      const mount = await mountFuse(scope, join(shown, 'hangs'), 'allow_other');
      const daemon = new Daemon(scope, [
        ...[...commandOf('clsync'), '-H/NULL/', '-Msimple', `-S${handler}`, `-W${source}`],
        ...[`--handler-allow=${shown}`, '-t0', '-w0', ...options],
      ]);
      await daemon.until('the handler to hang', () => hangs(daemon, /^cat /));
      const hanging = daemon.find(/^cat /);
      assert.equal((await daemon.stop('SIGTERM', END)).code, 0);
      assert.match(
        daemon.stderr,
        new RegExp(`left to the kernel: cat \\(process ${hanging?.pid}\\)`),
      );
      mount.end();
      await until('no process to be left', () => mentioning(base).length === 0);
    },
  );
}

/** Whether the process waits for the answer of a FUSE file system. */
function hangs(daemon: Daemon, command: RegExp): boolean {
  const found = daemon.find(command);
  return found !== undefined && read(`/proc/${found.pid}/wchan`).startsWith('request_wait');
}
