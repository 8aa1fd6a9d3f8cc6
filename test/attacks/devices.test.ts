/**
 * A name in the tree for the host's /dev/null: what a handler does to it, the host's stays as it
 * is.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { as, ORDINARY_USER } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

/** Name, major and minor number. */
const NODES = [
  ['null', 3],
  ['zero', 5],
  ['full', 7],
  ['random', 8],
  ['urandom', 9],
] as const;

for (const options of [[], ['--handler-view=host'], ['--handler-allow=/dev/null:rw']]) {
  test(
    ['a handler that follows links changes no device of the host', ...options].join(', '),
    { timeout: DEADLINE, skip: needsMounts() },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [devices, destination] = ['dev', 'done'].map((name) => subdirectory(base, name)) as [
        string,
        string,
      ];
      const source = subdirectory(base, 'source', ORDINARY_USER);
      for (const [name, minor] of NODES)
        execFileSync('mknod', ['-m', '666', join(devices, name), 'c', '1', String(minor)]);
      as(ORDINARY_USER, () => {
        for (const [name] of NODES) fs.symlinkSync(`/dev/${name}`, join(source, name));
      });
      const handler = join(base, 'handler');
      fs.writeFileSync(
        handler,
        `#!/bin/sh
for name in null zero full random urandom; do
	chown ${ORDINARY_USER.uid} ${source}/$name
	chmod 600 ${source}/$name
done
echo nothing >/dev/null && touch ${destination}/written
`,
        { mode: 0o755 },
      );
      const words = ['-t0', '-T0', '-w0', '-Msimple', '-S', handler, '-W', source];
      const daemon = new Daemon(scope, [
        ...elsewhere({ '/dev': devices }, commandOf('clsync')),
        ...[...words, `--handler-allow=${destination}:rw`, ...options],
      ]);
      await daemon.until('the handler to have run', () =>
        fs.existsSync(join(destination, 'written')),
      );
      for (const [name] of NODES) {
        const { uid, mode } = fs.statSync(join(devices, name));
        assert.deepEqual([name, uid, mode & 0o777], [name, 0, 0o666]);
      }
    },
  );
}
