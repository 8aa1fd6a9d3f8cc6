/**
 * A role that an attacker has taken over keeps to the table of messages, and sends as many of them
 * as it can: neither the memory of the others nor the log grows with it.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { fromText, ROOT } from '../../src/shared/bytes.js';
import { EntryFlag, ObjectType } from '../../src/shared/entry.js';
import { LIMITS } from '../../src/shared/messages.js';
import { encode } from '../../src/shared/wire.js';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE, skip: needsMounts() };
const MIB = 1 << 20;

/** Bytes that are written at a time, so that it is no matter of system calls how many arrive. */
const WRITTEN = 64 << 10;

/**
 * A watcher that reports a watched tree of one directory, and then writes a frame to a channel
 * again and again: 3 leads to the master, 4 to the executor.
 */
function hostileWatcher(channel: 3 | 4, frame: Buffer): string {
  const count = Math.ceil(WRITTEN / frame.length);
  const hex = (bytes: Buffer): string => JSON.stringify(bytes.toString('hex'));
  const entry = { path: ROOT, mask: 0x40000100, before: 1, after: ObjectType.directory } as const;
  const flags = EntryFlag.recursive | EntryFlag.initial;
  const batch = { changes: [{ ...entry, flags, since: 0 }], refused: [], released: [] };
  return `const { Socket } = require('node:net');
const bytes = (hex) => Buffer.from(hex, 'hex');
const master = new Socket({ fd: 3 }), executor = new Socket({ fd: 4 });
for (const socket of [master, executor]) socket.on('error', () => process.exit(0));
master.on('end', () => process.exit(0));
const goal = ${channel} === 3 ? master : executor, frames = Buffer.concat(Array(${count}).fill(bytes(${hex(frame)})));
const flood = () => { while (goal.write(frames)); goal.once('drain', flood); };
executor.once('data', () => {
  executor.write(bytes(${hex(encode('batch', batch))}));
  executor.write(bytes(${hex(encode('walked', {}))}));
  flood();
});
executor.resume();
master.once('data', () => master.write(bytes(${hex(encode('watching', { directories: 1, milliseconds: 1, monitor: 0, lazy: 0 }))})));
master.write(bytes(${hex(encode('watcherUp', {}))}));
`;
}

/**
 * A daemon of root's with this program in the place of its watcher.
 * @param handler a shell script that is called in place of rsync
 */
function daemonWith(scope: TestContext, watcher: string, log: string, handler?: string): Daemon {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy', 'watcher']) subdirectory(base, name);
  fs.writeFileSync(join(base, 'source/first'), '');
  fs.writeFileSync(join(base, 'watcher/main.js'), watcher);
  const program = join(base, 'handler');
  if (handler !== undefined) fs.writeFileSync(program, `#!/bin/sh\n${handler}\n`, { mode: 0o755 });
  return new Daemon(scope, [
    ...['/bin/sh', '-c', 'exec "$@" 2>"$0"', log],
    ...elsewhere({ [join(FILES.watcher, '..')]: join(base, 'watcher') }, commandOf('clsync')),
    ...['-H/NULL/', '-t0', '-w0'],
    ...(handler === undefined ? ['-Mrsyncdirect'] : ['-Mdirect', '-S', program]),
    ...['-W', join(base, 'source'), '-D', join(base, 'copy')],
  ]);
}

test('batches that were not asked for end their sender', LIMIT, async (scope) => {
  const log = join(temporaryDirectory(scope), 'log');
  const changes = Array.from({ length: LIMITS.list }, (_, number) => ({
    path: fromText(`${number}/x`),
    ...{ mask: 2, before: ObjectType.file, after: ObjectType.file, flags: 0, since: 0 },
  }));
  const batch = encode('batch', { changes, refused: [], released: [] });
  // While a sync runs, nothing more is asked for.
  const daemon = daemonWith(scope, hostileWatcher(4, batch), log, 'exec sleep 600');
  const said = (): string => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
  await daemon.until(
    'the end of the crew, twice',
    () =>
      [...said().matchAll(/the watcher broke the protocol: a batch.*starting again/g)].length > 1,
    { detail: () => said().slice(-2000) },
  );
  assert.equal(daemon.exit, undefined);
});

for (const [what, frame] of [
  ['records', encode('watcherRecord', { level: 1, text: 'x'.repeat(60_000) })],
  [
    'other messages',
    encode('counters', { directories: 1, pending: 1, overflows: 0, rescans: 0, events: 0 }),
  ],
] as const)
  test(`a flood of ${what} fills no log, and leaves the master free`, LIMIT, async (scope) => {
    const log = join(temporaryDirectory(scope), 'log');
    const daemon = daemonWith(scope, hostileWatcher(3, frame), log);
    const said = (): string => (fs.existsSync(log) ? fs.readFileSync(log, 'latin1') : '');
    await daemon.until(
      'the master to say so',
      () =>
        /messages of the watcher were lost|the watcher sends more than it has reason to/.test(
          said(),
        ),
      { detail: () => said().slice(-2000) },
    );
    await daemon.stop('SIGTERM');
    assert.ok(fs.statSync(log).size < 64 * MIB);
  });

test('a description that was not asked for ends its sender', LIMIT, async (scope) => {
  const log = join(temporaryDirectory(scope), 'log');
  const frame = encode('description', { file: fromText('watcher'), text: 'x', last: 0 });
  const daemon = daemonWith(scope, hostileWatcher(3, frame), log);
  const said = (): string => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '');
  await daemon.until(
    'the end of the crew',
    () =>
      /the watcher broke the protocol: description was not asked for; starting again/.test(said()),
    { detail: () => said().slice(-2000) },
  );
});
