import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlClient } from '../../../../src/client/control.js';
import { KeptFiles } from '../../../../src/master/kept-files.js';
import { ControlSocket } from '../../../../src/master/surface/control.js';
import type { ControlAccess } from '../../../../src/master/surface/control-rights.js';
import type { ControlTarget } from '../../../../src/master/surface/control-commands.js';
import type { DumpSink } from '../../../../src/master/surface/dump.js';
import { fromBuffer, fromText } from '../../../../src/shared/bytes.js';
import {
  decodeLine,
  encodeLine,
  LINE_MAX,
  LineReader,
  stringArgument,
} from '../../../../src/shared/control.js';
import { newExecutor } from '../../../../src/master/state.js';
import type { ExecutorState } from '../../../../src/master/state.js';
import { NO_STEERING } from '../../../harness/steering.js';
import { temporaryDirectory } from '../../../harness/temporary.js';
import { until } from '../../../harness/until.js';
import { isRoot } from '../../../harness/user.js';
import { ClsyncError } from '../../../../src/shared/errors.js';

class FakeDaemon implements ControlTarget {
  readonly calls: string[] = [];
  readonly steering = NO_STEERING;

  readonly state = {
    instance: { block: fromText('a block'), label: fromText('lab el'), flags: 0x19n, given: 0x1n },
    executors: new Map<string, ExecutorState>(),
  };
  async dumpTo(directory: string): Promise<void> {
    this.calls.push(`dump ${directory}`);
    if (directory === '/full') throw new ClsyncError('DUMP_EXISTS', directory);
  }
  async describeTo(sink: DumpSink): Promise<void> {
    sink.write('instance', 'x'.repeat(10_000));
    sink.write('instance', 'é\n');
    sink.write('queue/0', '');
    if (this.isUnderway) throw new ClsyncError('DUMP_UNDERWAY');
  }
  isUnderway = false;
  set(option: string, value: string): void {
    this.calls.push(`set ${option}=${value}`);
    if (option === 'mode') throw new ClsyncError('FIXED_OPTION', option);
  }
  setRules(path: string, content: Buffer): void {
    this.calls.push(`rules ${path} ${content.length}`);
    if (content.toString().endsWith('x')) throw new ClsyncError('BAD_RULE', path, 'x');
  }
  resync(): void {
    this.calls.push('resync');
  }
  approve(): boolean {
    this.calls.push('approve');
    return true;
  }
  endNow(): void {
    this.calls.push('end');
  }
  inForce(): Promise<void> {
    return Promise.resolve();
  }
}

async function listening(
  t: TestContext,
  access: ControlAccess = {},
  idle?: number,
): Promise<{ path: string; daemon: FakeDaemon; warnings: string[]; socket: ControlSocket }> {
  const directory = mkdtempSync(join(tmpdir(), 'clsync-control-'));
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'socket');
  const daemon = new FakeDaemon();
  const warnings: string[] = [];
  const socket = await ControlSocket.open(
    fromText(path),
    new KeptFiles(),
    access,
    daemon,
    (text) => warnings.push(text),
    idle,
  );
  t.after(() => socket.close());
  return { path, daemon, warnings, socket };
}

/**
 * Sends bytes and collects the replies until the daemon closes the connection or `lines` lines have
 * come.
 */
async function talk(path: string, bytes: string | Buffer, lines: number): Promise<string> {
  const socket = createConnection(path);
  socket.on('error', () => undefined);
  socket.write(bytes);
  let text = '';
  try {
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1');
      if (text.split('\n').length - 1 >= lines) break;
    }
  } catch {
    // refused while we wrote
  }
  socket.destroy();
  return text;
}

const GREETING = '0 0 0 :Protocol version is 0.\n';

for (const [request, reply] of [
  ['1 0\n', '1 1 0 :Protocol version is 0.\n'],
  [
    '1 0 1\n',
    '1 162 0 1 :Rejected command: id == 0; num == 1. Invalid arguments: Incorrect protocol id.\n',
  ],
  ['2 200\n', '2 300 0 5 -release :clsync v0.5-release\n'],
  [
    '3 201\r\n',
    '3 301 a block\x03/ lab el\x03/ 19 1 :config_block == "a block"; label == "lab el"; ' +
      'flags == 19; flags_set == 1.\n',
  ],
  ['4 202 /tmp/x\n', '4 302  :Ready\n'],
  ['5 211 delay-sync 5\n', '5 311  :Set\n'],
  ['7 999 a b\n', '7 160 999 7 :Unknown command.\n'],
  ['8 250\n', '8 350  :Bye.\n'],
  ['rubbish\n', '0 161  :Not a command: NUMBER COMMAND [ARGUMENTS]\n'],
  ['\n', '0 161  :Not a command: NUMBER COMMAND [ARGUMENTS]\n'],
  ['99999999999999999999 200\n', '0 161  :Not a command: NUMBER COMMAND [ARGUMENTS]\n'],
] as const) {
  test(`${JSON.stringify(request)} is answered as the C program does`, async (t) => {
    const { path } = await listening(t);
    assert.equal(await talk(path, request, 2), GREETING + reply);
  });
}

test('several commands in one write are answered in their order', async (t) => {
  const { path, daemon } = await listening(t);
  const text = await talk(path, '1 211 a 1\n2 202 /d\n3 211 b 2\n4 250\n5 240\n', 99);
  assert.deepEqual(
    text.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['0 0', '1 311', '2 302', '3 311', '4 350', ''],
  );
  assert.deepEqual(daemon.calls, ['set a=1', 'dump /d', 'set b=2']);
});

test('what a handler that lasts is doing is in the answer to INFO', async (t) => {
  const { path, daemon } = await listening(t);
  const client = await ControlClient.connect(path);
  assert.doesNotMatch((await client.info()).text, /still/);
  const lasting = { since: 0, program: 'rsync' };
  daemon.state.executors.set('executor', { ...newExecutor(0), lasting });
  assert.match((await client.info()).text, /; rsync still running since 1970-01-01T00:00:00Z\.$/);
  client.close();
});

test('the client', async (t) => {
  const { path, daemon } = await listening(t);
  const client = await ControlClient.connect(path);
  assert.deepEqual(await client.version(), { major: 0, minor: 5, suffix: '-release' });
  assert.deepEqual(await client.info().then(({ block, label }) => ({ block, label })), {
    block: 'a block',
    label: 'lab el',
  });
  await client.set('label', 'with blanks :and: colons');
  const directory = join(dirname(path), 'a dump');
  await client.dump(directory);
  assert.equal(readFileSync(directory + '/instance', 'utf8'), 'x'.repeat(10_000) + 'é\n');
  assert.equal(readFileSync(directory + '/queue/0', 'utf8'), '');
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  await assert.rejects(client.dump(directory), { code: 'EEXIST' });
  daemon.isUnderway = true;
  await assert.rejects(client.dump(directory + 2), { name: 'ControlError', reply: 199 });
  assert.equal(existsSync(directory + 2), false);
  await assert.rejects(client.set('mode', 'so'), { name: 'ControlError', reply: 162 });
  await client.setRules('/the rules', Buffer.from('+f\n'.repeat(5000)));
  await assert.rejects(client.setRules('/r', Buffer.from('x')), { reply: 162 });
  await assert.rejects(client.setRules('/r', Buffer.alloc((4 << 20) + 1)), { reply: 162 });
  await client.setRules('/r', Buffer.from(''));
  await client.resync();
  await client.approve();
  await client.quit();
  await assert.rejects(client.version());
  assert.deepEqual(daemon.calls, [
    'set label=with blanks :and: colons',
    'set mode=so',
    'rules /the rules 15000',
    'rules /r 1',
    'rules /r 0',
    'resync',
    'approve',
  ]);
});

test('the daemon can be ended, and replies first', async (t) => {
  const { path, daemon } = await listening(t);
  const client = await ControlClient.connect(path);
  await client.die();
  assert.deepEqual(daemon.calls, ['end']);
});

/** Listens, leaves its socket to another process, says which, and waits to be killed. */
const LEAVES_SOCKET = `
  const { spawn } = require('node:child_process');
  const server = require('node:net').createServer().listen(process.argv[1], () => {
    const stdio = ['ignore', 'ignore', 'ignore', server._handle.fd];
    console.log(spawn('sleep', ['1000'], { stdio, detached: true }).pid);
  });
`;

test('what is left of a daemon that was killed is waited for', async (t) => {
  const path = join(temporaryDirectory(t), 'socket');
  const killed = spawn(process.execPath, ['-e', LEAVES_SOCKET, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(killed.stdout, 'data')) as [Buffer];
  const left = Number(line);
  let isLeft = true;
  const end = (): void => {
    if (isLeft) process.kill(left, 'SIGKILL');
    isLeft = false;
  };
  t.after(end);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const opening = ControlSocket.open(
    fromText(path),
    new KeptFiles(),
    {},
    new FakeDaemon(),
    () => undefined,
  );
  const refused = opening.then(
    () => 'open',
    (error: unknown) => String(error),
  );
  assert.equal(await Promise.race([refused, delay(1000, 'it waits')]), 'it waits');
  end();
  (await opening).close();
});

test('clients that vanish, send too much or never read do no harm', async (t) => {
  const { path } = await listening(t);
  const open: Socket[] = [];
  t.after(() => open.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 20; i++) {
    const socket = createConnection(path);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('1 200\n'.repeat(1000));
    if (i % 2 === 0) socket.destroy();
    else open.push(socket.pause());
  }
  assert.match(await talk(path, 'x'.repeat(LINE_MAX + 10), 2), /0 161 {2}:The line is too long/);
  assert.match(await talk(path, '1 200\n', 2), /1 300/);
});

test('clients beyond the limit are refused, and served once others have left', async (t) => {
  const { path } = await listening(t);
  const open: Socket[] = [];
  t.after(() => open.forEach((socket) => socket.destroy()));
  // Of 32, one place is root's.
  for (let i = 0; i < (isRoot ? 32 : 31); i++) {
    const socket = createConnection(path);
    open.push(socket);
    await once(socket, 'data');
  }
  assert.equal(await talk(path, '1 200\n', 2), '');
  open.pop()?.destroy();
  while ((await talk(path, '1 200\n', 2)) === '');
});

test('a client that is silent for too long is let go', async (t) => {
  const { path } = await listening(t, {}, 50);
  const socket = createConnection(path);
  socket.resume();
  await once(socket, 'close');
  // The time may be over before a busy machine has let the command through.
  await until('an answer', async () => /1 300/.test(await talk(path, '1 200\n', 2)));
});

test('random bytes get a reply or the end of the connection, never more', async (t) => {
  const { path, daemon } = await listening(t);
  let seed = 11;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) >> 8;
  const bytes = Buffer.from(
    Array.from({ length: 200_000 }, () =>
      random() % 12 === 0
        ? 0x0a
        : random() % 5 === 0
          ? 0x20
          : random() % 3 === 0
            ? 0x30 + (random() % 10)
            : random() % 256,
    ),
  );
  const socket = createConnection(path);
  socket.on('error', () => undefined).resume();
  socket.end(bytes);
  await once(socket, 'close');
  assert.match(await talk(path, '1 200\n', 2), /1 300/);
  assert.ok(daemon.calls.every((call) => !call.startsWith('end')));
});

test(
  'the socket is made with its mode, in place of a leftover, never of a file or a living ' +
    'socket',
  async (t) => {
    const { path } = await listening(t, { mode: 0o660 });
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const open = (at: string) =>
      ControlSocket.open(fromText(at), new KeptFiles(), {}, new FakeDaemon(), () => undefined);
    await assert.rejects(open(path), { code: 'CANNOT_WRITE', message: /another process listens/ });
    writeFileSync(`${path}.file`, 'precious');
    await assert.rejects(open(`${path}.file`), { code: 'CANNOT_WRITE', message: /no socket/ });
    symlinkSync(`${path}.file`, `${path}.link`);
    await assert.rejects(open(`${path}.link`), { code: 'CANNOT_WRITE' });
    await assert.rejects(open('/proc/absent/socket'), {
      code: 'NO_DIRECTORY',
      message: /directory does not exist/,
    });

    const leftover = `${path}.left`;
    const server = createServer().listen(`${leftover}.tmp`);
    await once(server, 'listening');
    const { renameSync } = await import('node:fs');
    renameSync(`${leftover}.tmp`, leftover);
    server.close();
    const second = await open(leftover);
    assert.match(await talk(leftover, '1 200\n', 2), /1 300/);
    second.close();
    assert.equal(existsSync(leftover), false);
  },
);

test('arguments with blanks, and without the mark for the end of a string', () => {
  assert.deepEqual(decodeLine(fromText('1 211 a b  c')), {
    number: 1,
    command: 211,
    arguments: ['a', 'b', 'c'],
    text: '',
  });
  assert.deepEqual(decodeLine(fromText('1 211 a b\x03/ c\x03/ :text')), {
    number: 1,
    command: 211,
    arguments: ['a b', 'c'],
    text: 'text',
  });
  assert.deepEqual(decodeLine(fromText('1 200 :x y')), {
    number: 1,
    command: 200,
    arguments: [],
    text: 'x y',
  });
  for (const line of ['', ' 1 2', '1', '1 x', '-1 2', '1 2x'])
    assert.equal(decodeLine(fromText(line)), undefined, line);
});

test('encoding and decoding are inverse, also without newlines and ends of strings', () => {
  const odd = fromBuffer(Buffer.from([0xff, 0x20, 0x3a, 0x41]));
  const line = encodeLine(7, 211, [stringArgument(odd), '12'], 'a\nb').toString('latin1');
  assert.equal(line.endsWith('\n') && line.indexOf('\n') === line.length - 1, true);
  assert.deepEqual(decodeLine(fromBuffer(Buffer.from(line.slice(0, -1), 'latin1'))), {
    number: 7,
    command: 211,
    arguments: [odd, '12 :a b'.slice(0, 2)],
    text: 'a b',
  });
});

test('a reader cuts lines wherever the chunks end', () => {
  const reader = new LineReader();
  assert.deepEqual(reader.push(Buffer.from('1 2')), []);
  assert.deepEqual(reader.push(Buffer.from('00\n3 201\n4')), ['1 200', '3 201']);
  assert.equal(new LineReader().push(Buffer.alloc(LINE_MAX + 1, 0x61)), undefined);
});

test('deletions that are held are told', async (t) => {
  const { path, daemon } = await listening(t);
  const held = { paths: 12, reason: 'the watch directory is empty', why: 2 };
  daemon.state.executors.set('executor', { ...newExecutor(0), held });
  const client = await ControlClient.connect(path);
  assert.match(
    (await client.info()).text,
    /; deletions held == 12 \(the watch directory is empty\)\.$/,
  );
  client.close();
});
