/** What a role or handler takes beyond its limit of memory is ended by the kernel, and said. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsControlGroups } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { Mirror } from '../harness/mirror.js';
import { read } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

/** Bytes; and how many directories take more than is left to be had. */
const [STEP, DIRECTORIES] = [4 << 20, 2000] as const;
const RECURSIVE = { recursive: true } as const;
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

/** The limit of its memory, and what it takes now, as files: of either version of control groups. */
function memoryFiles(pid: number): readonly [limit: string, usage: string] {
  const groups = read(`/proc/${pid}/cgroup`);
  const [, first] = /^\d+:(?:\S*,)?memory(?:,\S*)?:(\S+)$/m.exec(groups) ?? [];
  if (first !== undefined) {
    const group = `/sys/fs/cgroup/memory${first}`;
    return [`${group}/memory.limit_in_bytes`, `${group}/memory.usage_in_bytes`];
  }
  const [, second = ''] = /^0::(\S+)$/m.exec(groups) ?? [];
  return [`/sys/fs/cgroup${second}/memory.max`, `/sys/fs/cgroup${second}/memory.current`];
}

/** Sets the limit below what it takes, as far as the kernel can take something from it. */
function squeeze(pid: number): void {
  const [limit, usage] = memoryFiles(pid);
  assert.ok(read(limit).trim() !== '', `${pid} has no limit: ${read(`/proc/${pid}/cgroup`)}`);
  for (let bytes = Number(read(usage)); bytes > 0; bytes -= STEP)
    try {
      fs.writeFileSync(limit, String(bytes));
    } catch {
      return; // version 1 refuses what would kill it at once
    }
}

test(
  'a watcher that comes to its limit while it runs is replaced, which is said, and loses nothing',
  LIMITED,
  async (scope) => {
    const mirror = new Mirror(scope, { options: ['-Mmirror', '--watcher-memory=1G'] });
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    squeeze(daemon.find(/roles\/watcher\/main\.js/)?.pid ?? 0);
    for (let i = 0; i < DIRECTORIES; i++) fs.mkdirSync(`${mirror.source}/${i}/below`, RECURSIVE);
    await daemon.logged(/the watcher was ended for memory: the limit is 1024 MiB/);
    fs.writeFileSync(`${mirror.source}/afterwards`, 'it goes on');
    await mirror.equal();
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
  },
);
