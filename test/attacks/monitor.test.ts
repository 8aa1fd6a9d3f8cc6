/** A master that is not ours any more says to the monitor what it likes. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import type {
  Frozen,
  FrozenFile,
  FrozenMember,
  FrozenPlace,
} from '../../src/master/monitor/frozen-wire.js';
import {
  encodeFrozen,
  encodeRequest,
  encodeWrite,
  partNumber,
  putNumber,
  WRITE_MAX,
} from '../../src/master/monitor/frozen-wire.js';
import { dumpParts } from '../../src/shared/dump-files.js';
import { maskOf } from '../../src/master/sandbox/capabilities.js';
import { CLERK_CAPABILITIES } from '../../src/master/sandbox/roles.js';
import { CLERK_CALLS } from '../../src/shared/seccomp/clerk.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import { BareMonitor, NOTHING } from '../harness/bare-monitor.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { allProcesses, readOf } from '../harness/processes.js';
import { DEADLINE, until } from '../harness/until.js';
import { isRoot } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };
const EPERM = 1;
const E2BIG = 7;
const ENOSYS = 38;
const ENOTDIR = 20;
const ELOOP = 40;
/** Of the attacker. */
const OTHER = 65533;

function memberWith(places: readonly number[]): FrozenMember {
  return { outputs: [5, 6], places, specification: Buffer.alloc(0) };
}

/** Its "launcher" leaves a mark wherever the place leads that it is started with. */
function marking(scope: Scope, ...places: FrozenPlace[]): Frozen & { readonly marks: string } {
  const directory = temporaryDirectory(scope);
  const [launcher, marks] = [`${directory}/launcher`, `${directory}/marks`];
  fs.writeFileSync(launcher, `#!/bin/sh\necho "$*" >>${marks}\n`, { mode: 0o755 });
  const member = memberWith(places.map((_, index) => index));
  return { ...NOTHING, launcher: fromText(launcher), places, members: [member], marks };
}

function isMarked(marks: string): boolean {
  return fs.existsSync(marks) && fs.readFileSync(marks, 'utf8') !== '';
}

function placeAt(path: string, isOfAnyone = false): FrozenPlace {
  const owner = fs.statSync(path).uid;
  return { path: fromText(path), isDirectory: true, isOfAnyone, isOnDisk: false, owner };
}

/** Whether the kernel can limit the use of the disk that the directory is on. */
function isOnDisk(path: string): boolean {
  const { dev } = fs.statSync(path);
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
  return fs.existsSync(`/sys/dev/block/${major}:${minor}`);
}

test('no word, and no number, starts anything but what was frozen', LIMIT, async (scope) => {
  const { marks, ...frozen } = marking(scope);
  const monitor = new BareMonitor(scope, frozen);
  for (const word of [0, 6, 7, 8, 11, 255, 1 << 16, 0xffffffff])
    for (const number of [0, 1, 0xffffffff]) {
      const bytes = encodeRequest('kill', number);
      bytes.writeUInt32LE(word);
      assert.notEqual((await monitor.say(bytes))?.fault, undefined);
    }
  for (const number of [0, 1, 3, 4, 5, 1 << 20, 0x7fffffff, 0xffffffff])
    assert.equal((await monitor.ask('kill', number))?.fault, undefined);
  assert.equal(fs.existsSync(marks), false);
  const started = await monitor.ask('start', 0xffffffff);
  assert.equal(started?.fault, undefined);
  await until('the launcher', () => isMarked(marks));
  assert.equal(fs.readFileSync(marks, 'utf8'), '5\n');
  assert.deepEqual(new Set(started?.pids.slice(1)), new Set([0]));
});

test('what was frozen is not frozen a second time', LIMIT, async (scope) => {
  const { marks, ...frozen } = marking(scope);
  const other = marking(scope);
  const monitor = new BareMonitor(scope, frozen);
  const again = encodeFrozen(other);
  const padded = Buffer.concat([again, Buffer.alloc(8 - (again.length % 8))]);
  for (let at = 0; at < padded.length; at += 8)
    if (![1, 3, 5, 6, 7, 8, 10].includes(padded.readUInt32LE(at)))
      await monitor.say(padded.subarray(at, at + 8));
  await monitor.start();
  await until('the launcher', () => isMarked(marks));
  assert.equal(fs.existsSync(other.marks), false);
});

test(
  'a link in the way of a place, and a file in place of it, are refused',
  LIMIT,
  async (scope) => {
    const base = temporaryDirectory(scope);
    fs.mkdirSync(`${base}/above/place`, { recursive: true });
    const { marks, ...frozen } = marking(scope, placeAt(`${base}/above/place`));
    const monitor = new BareMonitor(scope, frozen);
    const refusal = async (): Promise<number | undefined> => {
      const answer = await monitor.start();
      assert.equal(answer?.fault, 'place');
      return answer?.error;
    };
    fs.renameSync(`${base}/above`, `${base}/moved`);
    fs.symlinkSync(`${base}/moved`, `${base}/above`);
    assert.equal(await refusal(), ELOOP);
    fs.rmSync(`${base}/above`);
    fs.mkdirSync(`${base}/above`);
    fs.symlinkSync(`${base}/moved/place`, `${base}/above/place`);
    assert.equal(await refusal(), ELOOP);
    fs.rmSync(`${base}/above/place`);
    fs.writeFileSync(`${base}/above/place`, '');
    assert.equal(await refusal(), ENOTDIR);
    assert.equal(fs.existsSync(marks), false);
  },
);

test(
  'a directory of another user is refused in place of one, until the user accepts it',
  { ...LIMIT, skip: isRoot ? false : 'not root' },
  async (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['read', 'written']) fs.mkdirSync(`${base}/${name}`);
    const { marks, ...frozen } = marking(
      scope,
      placeAt(`${base}/read`, true),
      placeAt(`${base}/written`),
    );
    const monitor = new BareMonitor(scope, frozen);
    fs.chownSync(`${base}/written`, OTHER, OTHER);
    const refused = await monitor.start();
    assert.deepEqual([refused?.fault, refused?.error], ['place', EPERM]);
    fs.chownSync(`${base}/written`, 0, 0);
    fs.chownSync(`${base}/read`, OTHER, OTHER);
    assert.equal((await monitor.start())?.fault, undefined);
    await until('the launcher', () => isMarked(marks));
    fs.chownSync(`${base}/written`, OTHER, OTHER);
    assert.equal((await monitor.ask('accept'))?.fault, undefined);
    assert.equal((await monitor.start())?.fault, undefined);
  },
);

test(
  'it allocates and maps nothing while it serves, and ends with its master',
  LIMIT,
  async (scope) => {
    const { marks, ...frozen } = marking(scope);
    const monitor = new BareMonitor(scope, frozen);
    const maps = (): string => fs.readFileSync(`/proc/${monitor.child.pid}/maps`, 'latin1');
    await monitor.ask('kill', 0);
    const before = isRoot ? maps() : '';
    for (let round = 0; round < 20; round++) {
      await monitor.start();
      await monitor.ask('kill', 0);
    }
    if (isRoot) assert.equal(maps(), before);
    assert.ok(fs.existsSync(marks));
    monitor.leave();
    assert.equal(await monitor.exited, 0);
    assert.equal(
      allProcesses().some(({ parent }) => parent === monitor.child.pid),
      false,
    );
  },
);

/** The process of the monitor that hears the master. */
function clerkOf(monitor: BareMonitor): number {
  const isClerk = (pid: number): boolean => readOf(pid, 'comm').trim() === 'clsync-clerk';
  const clerk = allProcesses().find(
    ({ pid, parent }) => parent === monitor.child.pid && isClerk(pid),
  );
  assert.ok(clerk);
  return clerk.pid;
}

test('who hears the master has capabilities for files only', LIMIT, async (scope) => {
  const looks = [fromText('/')];
  const monitor = new BareMonitor(scope, { ...NOTHING, looks });
  assert.equal((await monitor.ask('look', 0))?.fault, undefined);
  const status = fs.readFileSync(`/proc/${clerkOf(monitor)}/status`, 'latin1');
  assert.match(status, /^Seccomp:\t2$/m);
  const kept = isRoot ? maskOf(CLERK_CAPABILITIES) : 0n;
  for (const set of ['CapPrm', 'CapEff', ...(isRoot ? ['CapBnd'] : [])])
    assert.match(status, new RegExp(`^${set}:\t${kept.toString(16).padStart(16, '0')}$`, 'm'));
  assert.match(status, /^CapInh:\t0{16}$/m);
  assert.match(status, /^CapAmb:\t0{16}$/m);
});

test('who hears the master makes no system call that is not listed', LIMIT, async (scope) => {
  const listed = new Set<string>(CLERK_CALLS.flatMap(({ calls }) => calls));
  for (const call of ['execve', 'execveat', 'mmap', 'mprotect', 'setuid', 'setresuid', 'capset'])
    assert.equal(listed.has(call), false, call);
  for (const call of ['mount', 'unshare', 'setns', 'ptrace', 'pivot_root', 'bpf', 'seccomp'])
    assert.equal(listed.has(call), false, call);
  const looks = [fromText('/')];
  const shorter = CLERK_CALLS.map((rule) => ({
    ...rule,
    calls: rule.calls.filter((call) => call !== 'openat' && call !== 'open'),
  }));
  const filter = compileFilter(shorter, { otherwise: 'ENOSYS' });
  const monitor = new BareMonitor(scope, {
    ...NOTHING,
    looks,
    clerk: { ...NOTHING.clerk, filter },
  });
  const answer = await monitor.ask('look', 0);
  assert.deepEqual([answer?.fault, answer?.error], ['file', ENOSYS]);
});

for (const other of ['monitor', 'clerk'] as const)
  test(`the ${other} ends with what it is of`, LIMIT, async (scope) => {
    const { marks, ...frozen } = marking(scope);
    const monitor = new BareMonitor(scope, frozen);
    await monitor.start();
    await until('the launcher', () => isMarked(marks));
    const [clerk, started] = [clerkOf(monitor), monitor.child.pid ?? 0];
    process.kill(other === 'monitor' ? clerk : started, 'SIGKILL');
    const left = other === 'monitor' ? started : clerk;
    await until('its end', () => !allProcesses().some(({ pid }) => pid === left));
    assert.equal(await monitor.ask('look', 0), undefined);
  });

/** Rows of a text file `pid`, a file `rules` that is read, and a socket, in a directory. */
function filesIn(directory: string): FrozenFile[] {
  const owner = fs.statSync(directory).uid;
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const row = { directory: fromText(directory), owner, uid, gid, mode: 0o600 };
  return [
    { ...row, kind: 'text', name: fromText('pid'), texts: ['1', '2'] },
    { ...row, kind: 'read', name: fromText('rules') },
    { ...row, kind: 'socket', name: fromText('socket') },
  ];
}

test('no number writes or opens anything but what was frozen', LIMIT, async (scope) => {
  const directory = temporaryDirectory(scope);
  const monitor = new BareMonitor(scope, { ...NOTHING, files: filesIn(directory) });
  for (const number of [putNumber(0, 2, false), putNumber(1, 0, false), putNumber(2, 0, false)])
    assert.equal((await monitor.ask('put', number))?.fault, 'file');
  assert.equal((await monitor.ask('put', putNumber(0, 255, false)))?.fault, 'file');
  assert.equal((await monitor.ask('put', putNumber(200, 0, false)))?.fault, 'file');
  for (const number of [0, 1, 3, 0xffffffff])
    assert.equal((await monitor.ask('open', number))?.fault, 'file');
  for (const number of [0, 1, 0xffffffff])
    assert.equal((await monitor.ask('look', number))?.fault, 'file');
  assert.deepEqual(fs.readdirSync(directory), []);
  assert.equal((await monitor.ask('put', putNumber(0, 1, false)))?.fault, undefined);
  assert.equal(fs.readFileSync(`${directory}/pid`, 'utf8'), '2');
});

test(
  'what the master words itself becomes one file, whole, and is bounded',
  LIMIT,
  async (scope) => {
    const directory = temporaryDirectory(scope);
    const [text, ...others] = filesIn(directory) as [FrozenFile, ...FrozenFile[]];
    const written: FrozenFile = { ...text, kind: 'written', name: fromText('metrics'), texts: [] };
    const files = [text, ...others, written];
    const monitor = new BareMonitor(scope, { ...NOTHING, files });
    const content = Buffer.alloc(WRITE_MAX, 'x');
    for (const number of [0, 1, 2, 4, 255])
      assert.equal((await monitor.say(encodeWrite(number, content, false)))?.fault, 'file');
    assert.deepEqual(fs.readdirSync(directory), []);
    assert.equal((await monitor.say(encodeWrite(3, content, false)))?.fault, undefined);
    assert.equal((await monitor.say(encodeWrite(3, Buffer.from('a'), true)))?.fault, undefined);
    assert.deepEqual(fs.readFileSync(`${directory}/metrics`), content);
    assert.equal((await monitor.say(encodeWrite(3, Buffer.alloc(0), false)))?.fault, undefined);
    assert.equal(fs.readFileSync(`${directory}/metrics`, 'utf8'), '');
    assert.throws(() => encodeWrite(3, Buffer.alloc(WRITE_MAX + 1), false), RangeError);
    // Too much: it ends, and what is its own with it.
    assert.equal(await monitor.say(encodeRequest('write', 3 | ((WRITE_MAX + 1) << 9))), undefined);
    assert.equal(await monitor.exited, 0);
    assert.deepEqual(fs.readdirSync(directory), []);
  },
);

test(
  'of a dump it writes the files that a dump has, in the directory it made',
  LIMIT,
  async (scope) => {
    const directory = temporaryDirectory(scope);
    const [text, ...others] = filesIn(directory) as [FrozenFile, ...FrozenFile[]];
    const name = fromText('dump');
    const dump: FrozenFile = { ...text, kind: 'dump', name, mode: 0o700, texts: dumpParts(2) };
    const monitor = new BareMonitor(scope, { ...NOTHING, files: [text, ...others, dump] });
    const part = partNumber(3, 'queue/3');
    assert.equal((await monitor.ask('part', part))?.fault, 'file', 'there is no dump yet');
    assert.equal((await monitor.ask('open', 3))?.fault, undefined);
    for (const number of [partNumber(0, 'queue/3'), partNumber(4, 'queue/3'), 3 | (200 << 8)])
      assert.equal((await monitor.ask('part', number))?.fault, 'file');
    const parts = ['queue/3', 'queue/3', 'threads/65535', 'watcher', 'executor-2/queue/1'];
    for (const file of parts)
      assert.equal((await monitor.ask('part', partNumber(3, file)))?.fault, undefined);
    for (const other of [
      'queue/65536',
      'queue/',
      'queue/../3',
      '../3',
      '',
      'pid',
      'executor-9/failing',
    ])
      assert.throws(() => partNumber(3, other), /EINVAL/, other);
    assert.deepEqual(fs.readdirSync(directory), ['dump']);
    const made = fs.readdirSync(`${directory}/dump`, { recursive: true, encoding: 'utf8' }).sort();
    assert.deepEqual(made, [
      ...['executor-2', 'executor-2/queue', 'executor-2/queue/1', 'executor-2/threads'],
      ...['queue', 'queue/3', 'threads', 'threads/65535', 'watcher'],
    ]);
  },
);

test(
  'links and files of others in the way of its files mislead it nowhere',
  LIMIT,
  async (scope) => {
    const [directory, secret] = [temporaryDirectory(scope), `${temporaryDirectory(scope)}/secret`];
    fs.writeFileSync(secret, 'secret');
    const monitor = new BareMonitor(scope, { ...NOTHING, files: filesIn(directory) });
    for (const name of ['pid', 'rules', 'socket']) fs.symlinkSync(secret, `${directory}/${name}`);
    assert.equal((await monitor.ask('put', putNumber(0, 0, true)))?.fault, undefined);
    assert.equal((await monitor.ask('put', putNumber(0, 0, false)))?.fault, undefined);
    assert.equal((await monitor.ask('open', 1))?.error, ELOOP);
    assert.equal((await monitor.ask('open', 2))?.fault, 'file');
    assert.equal(fs.readFileSync(secret, 'utf8'), 'secret');
    assert.ok(fs.lstatSync(`${directory}/pid`).isFile());
    // The directory leads elsewhere by now: what was opened first stays in use.
    const elsewhere = temporaryDirectory(scope);
    fs.renameSync(directory, `${directory}.moved`);
    fs.symlinkSync(elsewhere, directory);
    assert.equal((await monitor.ask('put', putNumber(0, 1, false)))?.fault, undefined);
    assert.deepEqual(fs.readdirSync(elsewhere), []);
    assert.equal(fs.readFileSync(`${directory}.moved/pid`, 'utf8'), '2');
    fs.unlinkSync(directory);
    fs.renameSync(`${directory}.moved`, directory);
  },
);

test('at the end it removes its own files, and no other in their place', LIMIT, async (scope) => {
  const directory = temporaryDirectory(scope);
  const monitor = new BareMonitor(scope, { ...NOTHING, files: filesIn(directory) });
  await monitor.ask('put', putNumber(0, 0, false));
  assert.equal((await monitor.ask('open', 2))?.fault, undefined);
  fs.rmSync(`${directory}/socket`);
  fs.writeFileSync(`${directory}/socket`, 'of another');
  fs.writeFileSync(`${directory}/rules`, '');
  monitor.leave();
  assert.equal(await monitor.exited, 0);
  assert.deepEqual(fs.readdirSync(directory).sort(), ['rules', 'socket']);
});

test('pairs that no crew has are refused before anything is served', LIMIT, async (scope) => {
  const member = memberWith([]);
  for (const pair of [
    [0, 0],
    [1, 0],
    [0, 2],
  ] as const) {
    const pairs = Array.from({ length: 8 }, () => pair);
    const monitor = new BareMonitor(scope, { ...NOTHING, members: [member, member], pairs });
    assert.equal(await monitor.ask('kill', 0), undefined);
    assert.equal(await monitor.exited, 1);
  }
});

test(
  'a limit that is longer than a line writes nothing of its memory',
  { ...LIMIT, skip: isOnDisk('/') ? false : 'the root directory is on no disk' },
  async (scope) => {
    const limits = `${temporaryDirectory(scope)}/limits`;
    fs.writeFileSync(limits, '');
    const monitor = new BareMonitor(scope, {
      ...NOTHING,
      places: [{ ...placeAt('/'), isOnDisk: true }],
      members: [memberWith([0])],
      cgroup: {
        rows: [{ kind: 'setDisks', path: limits, text: 'x'.repeat(1000) }],
        groups: [],
        ended: undefined,
      },
    });
    await monitor.start();
    const again = await monitor.start();
    assert.deepEqual([again?.fault, again?.error], ['group', E2BIG]);
    assert.equal(fs.readFileSync(limits, 'utf8'), '');
  },
);
