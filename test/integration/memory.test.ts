/** What a role or handler takes beyond its limit of memory is ended by the kernel, and said. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsControlGroups } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const LIMITED = { timeout: DEADLINE, skip: needsRoot || needsControlGroups() };
/** It notes its arguments; tail keeps an endless line. */
const HANDLER = `#!/bin/sh
[ ! -e granted/greedy ] || exec tail /dev/zero
echo "$*" >>granted/done
`;

test(
  'a handler that takes more memory than it may is ended, which is said, and tried again',
  LIMITED,
  async (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'granted']) subdirectory(base, name);
    fs.writeFileSync(`${base}/handler`, HANDLER.replaceAll('granted/', `${base}/granted/`), {
      mode: 0o755,
    });
    const daemon = new Daemon(
      scope,
      [
        ...[...commandOf('clsync'), '-Msimple', '-Wsource', `-S${base}/handler`, '-t0', '-w0'],
        ...['-H/NULL/', '--handler-memory=192M', '--handler-allow=granted:rw'],
      ],
      { cwd: base },
    );
    await daemon.logged(/initial sync done/);
    fs.writeFileSync(`${base}/granted/greedy`, '');
    fs.writeFileSync(`${base}/source/file`, '');
    await daemon.logged(/ended for memory: the limit is 192 MiB \(--handler-memory\)/);
    fs.rmSync(`${base}/granted/greedy`);
    await daemon.until('the other try', () => read(`${base}/granted/done`).includes('file'));
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
  },
);

test(
  'a watcher that may have too little memory is ended, which is said',
  LIMITED,
  async (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'destination']) subdirectory(base, name);
    const daemon = new Daemon(
      scope,
      [
        ...[...commandOf('clsync'), '-Mrsyncdirect', '-Wsource', '-Ddestination', '-t0', '-w0'],
        ...['-H/NULL/', '--watcher-memory=2M'],
      ],
      { cwd: base },
    );
    await daemon.logged(/the watcher was ended for memory: the limit is 2 MiB/);
    assert.notEqual((await daemon.exited).code, 0);
  },
);
