/** Whoever reads stderr may be slow or gone, and its disk full: the daemon goes on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { atEnd, subdirectory } from '../harness/temporary.js';
import { isRoot } from '../harness/user.js';
import { LogTrial } from '../harness/log-trial.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
/** Each is of another role, so they come in any order. */
const MESSAGES = [/watching 1 directory/, /initial sync done/];

/** Writes until the descriptor takes no more. */
function fill(descriptor: number): void {
  try {
    for (;;) fs.writeSync(descriptor, '.'.repeat(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
}

function readAll(descriptor: number): string {
  const chunk = Buffer.alloc(65536);
  let text = '';
  try {
    for (let length; (length = fs.readSync(descriptor, chunk)) > 0;)
      text += chunk.toString('latin1', 0, length);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
  return text;
}

test(
  'stderr is a pipe that nobody reads: syncs go on, TERM ends it; who reads again misses nothing',
  LIMIT,
  async (scope) => {
    const trial = new LogTrial(scope);
    const path = trial.base + '/pipe';
    execFileSync('mkfifo', [path]);
    const { O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
    const [reader, writer] = [
      fs.openSync(path, O_RDONLY | O_NONBLOCK),
      fs.openSync(path, O_WRONLY | O_NONBLOCK),
    ];
    atEnd(scope, () => [reader, writer].forEach((descriptor) => fs.closeSync(descriptor)));
    fill(writer);
    const daemon = new Daemon(scope, [
      '/bin/sh',
      '-c',
      `exec "$@" 2>${path}`,
      'sh',
      ...trial.mirror(),
    ]);
    await daemon.until('the first file', () => trial.has('/copy/first'));
    fs.writeFileSync(trial.base + '/source/second', '');
    await daemon.until('the second', () => trial.has('/copy/second'));
    // The flags of the pipe stay as they were: handlers and others that share it can wait for the
    // reader as before.
    const flags = isRoot
      ? /^flags:\t(\d+)$/m.exec(fs.readFileSync(`/proc/${daemon.pid}/fdinfo/2`, 'latin1'))?.[1]
      : '0';
    assert.equal(parseInt(flags ?? '', 8) & O_NONBLOCK, 0);
    let text = '';
    await daemon.until(
      'the messages',
      () => {
        text += readAll(reader);
        return [...MESSAGES, /synced 1 path/].every((message) => message.test(text));
      },
      { detail: () => text.slice(-1000) },
    );
    fill(writer);
    fs.writeFileSync(trial.base + '/source/third', '');
    await daemon.until('the third', () => trial.has('/copy/third'));
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
  },
);

test(
  'the disk of the log is full: syncs go on, and the messages are written once there is room',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const trial = new LogTrial(scope);
    const disk = subdirectory(trial.base, 'disk');
    const script =
      `mount -t tmpfs -o size=16k none ${disk} && { dd if=/dev/zero of=${disk}/filler bs=4k ` +
      `2>/dev/null; exec "$@" 2>${disk}/log; }`;
    const daemon = new Daemon(scope, [
      'unshare',
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      ...trial.mirror(),
    ]);
    await daemon.until('the first file', () => trial.has('/copy/first'));
    fs.writeFileSync(trial.base + '/source/second', '');
    await daemon.until('the second', () => trial.has('/copy/second'));
    const inside = `/proc/${daemon.pid}/root${disk}`;
    assert.equal(fs.readFileSync(inside + '/log', 'utf8'), '');
    fs.unlinkSync(inside + '/filler');
    await daemon.until('the messages', () => {
      const text = fs.readFileSync(inside + '/log', 'utf8');
      return MESSAGES.every((message) => message.test(text));
    });
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
  },
);
