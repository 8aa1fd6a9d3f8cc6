/**
 * The C part of mode mirror on real trees: single properties. test/component/native/mirror-fuzz.c
 * compares whole trees, with every kind of object and attribute, under sanitizers.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { RowFlag, RunOption } from '../../../src/executor/modes/mirror/wire.js';
import { fromText } from '../../../src/shared/bytes.js';
import { native } from '../../../src/shared/native.js';
import { BeyondNode } from '../../harness/beyond-node.js';
import { compareTrees, describeDifferences } from '../../harness/compare.js';
import { Scratch } from '../../harness/scratch.js';
import { until } from '../../harness/until.js';
import { IS_ROOT, MirrorStage, found, move, row } from './mirror-stage.js';

let scratch: Scratch;
let stage: MirrorStage;

beforeEach(() => {
  scratch = new Scratch();
  stage = new MirrorStage(scratch.root);
});
afterEach(() => {
  stage.close();
  scratch.remove();
});

function inSource(path: string): string {
  return join(stage.source, path);
}

function inCopy(path: string): string {
  return join(stage.destination, path);
}

function write(path: string, content = path): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}

function expectEqual(): void {
  const differences = compareTrees(stage.source, stage.destination, { ignoreOwners: !IS_ROOT });
  assert.equal(differences.length, 0, describeDifferences(differences));
}

test('a tree, with a large directory and one as deep as a path can be', async () => {
  for (let i = 0; i < 1500; i += 1) write(inSource(`large/${i}`));
  const part = 'x'.repeat(250);
  mkdirSync(inSource(Array.from({ length: 15 }, () => part).join('/')), { recursive: true });
  symlinkSync('nowhere', inSource('link'));
  writeFileSync(inSource('holes'), 'x');
  truncateSync(inSource('holes'), 8 << 20);
  chmodSync(inSource('large'), 0o2750);
  utimesSync(inSource('large'), 1, 1);
  const { summary, findings } = await stage.tree();
  assert.deepEqual(findings, []);
  assert.equal(summary.copied, 1501);
  assert.ok(statSync(inCopy('holes')).blocks * 512 < 1 << 20);
  expectEqual();
  assert.deepEqual((await stage.tree()).summary.copied, 0);
});

test('content of several pieces, with a hole between them', async () => {
  const content = randomBytes((5 << 20) + 3);
  writeFileSync(inSource('whole'), content);
  writeFileSync(inSource('holes'), content);
  truncateSync(inSource('holes'), 40 << 20);
  appendFileSync(inSource('holes'), content);
  const { summary, findings } = await stage.tree();
  assert.deepEqual(findings, []);
  assert.ok(readFileSync(inCopy('whole')).equals(content));
  assert.ok(statSync(inCopy('holes')).blocks * 512 < 20 << 20);
  expectEqual();
  assert.ok(summary.bytes < 20 << 20);
});

test('many extended attributes, and long ones', async (scope) => {
  const beyond = new BeyondNode(BeyondNode.compile(scope));
  const set = (name: string, value: Buffer): boolean =>
    beyond.run(...['set', inSource('f'), `user.${name}`, value.toString('hex')].map(fromText));
  const expectSame = (): void =>
    assert.deepEqual(
      beyond.attributesIn(stage.destination).get(fromText('f')),
      beyond.attributesIn(stage.source).get(fromText('f')),
    );
  write(inSource('f'));
  if (!set('first', Buffer.of(1))) return scope.skip('no extended attributes on this file system');
  for (let i = 0; i < 8; i += 1) assert.ok(set('n'.repeat(100) + i, Buffer.from([i])));
  assert.ok(set('long', Buffer.alloc(1500, 'a')));
  await stage.tree();
  expectSame();
  assert.ok(set('long', Buffer.alloc(1500, 'b')));
  assert.equal((await stage.tree()).summary.attributes, 1);
  expectSame();
});

test('a name, with the directories above it and their times', async () => {
  write(inSource('a/b/c/file'));
  utimesSync(inSource('a/b'), 5, 5);
  assert.deepEqual((await stage.run([row('name', 'a/b/c/file')])).findings, []);
  expectEqual();
  rmSync(inSource('a/b'), { recursive: true });
  assert.equal((await stage.run([row('name', 'a/b')])).summary.removed, 3);
  expectEqual();
});

test('a symbolic link in the place of a directory is replaced, and leads nowhere', async () => {
  const outside = join(scratch.root, 'outside');
  write(join(outside, 'kept'));
  write(inSource('a/new'));
  symlinkSync(outside, inCopy('a'));
  assert.deepEqual((await stage.tree()).findings, []);
  assert.deepEqual(readdirSync(outside), ['kept']);
  expectEqual();
});

test('objects take the place of others of another type', async () => {
  write(inSource('directory/file'));
  write(inSource('file'));
  symlinkSync('x', inSource('link'));
  write(inCopy('directory'));
  write(inCopy('file/deep/old'));
  write(inCopy('link/old'));
  assert.deepEqual(
    (
      await stage.run(
        ['directory', 'directory/file', 'file', 'link'].map((path) => row('name', path)),
      )
    ).findings,
    [],
  );
  expectEqual();
});

test('what is held is neither deleted nor replaced by another type', async () => {
  write(inCopy('extra/file'));
  write(inCopy('changed/file'));
  write(inSource('changed'));
  write(inSource('new'));
  assert.deepEqual(found(await stage.tree({ options: RunOption.keep })), [
    'held changed',
    'held extra',
  ]);
  assert.deepEqual(readdirSync(stage.destination).sort(), ['changed', 'extra', 'new']);
  assert.ok(existsSync(inCopy('changed/file')));
});

test('old versions are kept, and removed in the end', async () => {
  write(inSource('replaced'), 'new');
  write(inCopy('replaced'), 'the old one');
  write(inCopy('gone/deep/file'), 'gone');
  const { findings } = await stage.tree({ options: RunOption.backup, stamp: 'then' });
  assert.deepEqual(findings, []);
  expectEqual();
  assert.equal(readFileSync(join(stage.backup, 'then/replaced'), 'utf8'), 'the old one');
  assert.equal(readFileSync(join(stage.backup, 'then/gone/deep/file'), 'utf8'), 'gone');
  await stage.run([row('remove', 'then')]);
  assert.deepEqual(readdirSync(stage.backup), []);
});

test('what is skipped or refused stays, and the directories above it', async () => {
  write(inSource('skipped/new'));
  write(inSource('content/new'));
  write(inSource('a.tmp'));
  write(inCopy('gone/kept.tmp'));
  write(inCopy('gone/file'));
  write(inCopy('skipped/old'));
  const rules = native.rulesCompile([[Buffer.from('tmp$'), 1, false]]);
  const answer = await stage.tree({ rules, skipped: ['skipped'], contents: ['content'] });
  assert.deepEqual(answer.findings, []);
  assert.deepEqual(readdirSync(stage.destination).sort(), ['content', 'gone', 'skipped']);
  assert.deepEqual(readdirSync(inCopy('gone')), ['kept.tmp']);
  assert.deepEqual(readdirSync(inCopy('skipped')), ['old']);
  assert.deepEqual(readdirSync(inCopy('content')), []);
});

test('moves copy nothing: a directory, a chain, an exchange', async () => {
  for (const path of ['d/1', 'd/2', 'a', 'b', 'x/1', 'y/2']) write(inSource(path));
  await stage.tree();
  renameSync(inSource('d'), inSource('e'));
  renameSync(inSource('b'), inSource('c'));
  renameSync(inSource('a'), inSource('b'));
  renameSync(inSource('x'), inSource('t'));
  renameSync(inSource('y'), inSource('x'));
  renameSync(inSource('t'), inSource('y'));
  const unwritten = { flags: RowFlag.unwritten };
  const { summary, findings } = await stage.run([
    move('d', 'e', RowFlag.unwritten),
    move('b', 'c', RowFlag.unwritten),
    move('a', 'b', RowFlag.unwritten),
    move('x', 'y', RowFlag.exchange | RowFlag.unwritten),
    ...['d', 'a', 'b', 'c'].map((path) => row('name', path, unwritten)),
    ...['e', 'x', 'y'].map((path) => row('tree', path, unwritten)),
  ]);
  assert.deepEqual(findings, []);
  assert.deepEqual([summary.moved, summary.copied], [4, 0]);
  expectEqual();
});

test('a moved file that was written before is copied, though its size and time are the same', async () => {
  write(inSource('a'), 'one');
  utimesSync(inSource('a'), 1, 1);
  await stage.tree();
  writeFileSync(inSource('a'), 'two');
  utimesSync(inSource('a'), 1, 1);
  renameSync(inSource('a'), inSource('b'));
  await stage.run([move('a', 'b'), row('name', 'a'), row('name', 'b')]);
  assert.equal(readFileSync(inCopy('b'), 'utf8'), 'two');
  expectEqual();
});

test('names of one inode stay so, are tied later, and are untied', async () => {
  write(inSource('a'));
  linkSync(inSource('a'), inSource('b'));
  write(inCopy('c'), 'a');
  await stage.tree();
  expectEqual();
  const { ino } = statSync(inCopy('a'));
  mkdirSync(inSource('d'));
  linkSync(inSource('a'), inSource('d/c'));
  const { summary } = await stage.run(['a', 'b', 'd/c'].map((path) => row('name', path)));
  assert.deepEqual([summary.copied, summary.linked], [0, 1]);
  assert.equal(statSync(inCopy('a')).ino, ino);
  rmSync(inSource('b'));
  write(inSource('b'), readFileSync(inSource('a'), 'utf8'));
  await stage.run([row('name', 'b')]);
  expectEqual();
});

test('a comparison changes nothing, and says in what they differ', async () => {
  write(inSource('content'), 'one');
  write(inSource('directory/missing'));
  write(inSource('mode'));
  await stage.tree();
  chmodSync(inCopy('mode'), 0o600);
  const { mtime } = statSync(inCopy('content'));
  writeFileSync(inCopy('content'), 'two');
  utimesSync(inCopy('content'), mtime, mtime);
  utimesSync(inSource('content'), mtime, mtime);
  rmSync(inCopy('directory'), { recursive: true });
  write(inCopy('extra/beneath'));
  utimesSync(stage.destination, 1, 1);
  const { findings } = await stage.tree({ options: RunOption.compare | RunOption.checksum });
  const what = findings.map(
    (finding) => `${finding.path}: ${finding.kind === 'differs' ? finding.what.join(' ') : ''}`,
  );
  assert.deepEqual(what.sort(), [
    ': time',
    'content: content',
    'directory: missing',
    'extra: extra',
    'mode: mode',
  ]);
  assert.equal(readFileSync(inCopy('content'), 'utf8'), 'two');
  await stage.tree({ options: RunOption.checksum });
  expectEqual();
});

test('a file that changes all the time is there, with a time that is not newer than it', async () => {
  writeFileSync(inSource('log'), Buffer.alloc(32 << 20, 'x'));
  // Copying may fall between two writes.
  await until('it changes while it is copied', async () => {
    const { answer } = stage.begin([row('name', 'log')]);
    let over = false;
    void answer.then(() => (over = true));
    while (!over) {
      appendFileSync(inSource('log'), 'y');
      await new Promise((resolve) => setImmediate(resolve));
    }
    return found(await answer).includes('changed log');
  });
  assert.ok(statSync(inCopy('log')).size >= 32 << 20);
  assert.ok(statSync(inCopy('log')).mtimeMs <= statSync(inSource('log')).mtimeMs);
  assert.deepEqual((await stage.run([row('name', 'log')])).findings, []);
  expectEqual();
});

test('a run that is stopped says what it has not done, and short runs pass long ones', async () => {
  for (let i = 0; i < 30; i += 1) writeFileSync(inSource(`file${i}`), Buffer.alloc(8 << 20, 'x'));
  write(inSource('d/short'));
  // A test that is not given the processor for long comes too late to stop it.
  await until('it is stopped before its end', async () => {
    for (const name of readdirSync(stage.destination))
      rmSync(inCopy(name), { recursive: true, force: true });
    const long = stage.begin([row('tree', '')]);
    let isLongOver = false;
    void long.answer.then(() => (isLongOver = true));
    await stage.run([row('name', 'd/short')]);
    if (isLongOver) return false;
    const [looked = 0, known = 0] = native.mirrorProgress(stage.handle, long.number) ?? [];
    assert.ok(looked <= known && known <= 32, `${looked} of ${known}`);
    native.mirrorStop(stage.handle, long.number);
    const told = found(await long.answer);
    assert.deepEqual(
      readdirSync(stage.destination).filter((name) => name.startsWith('.clsync')),
      [],
    );
    if (told.length > 0) assert.deepEqual(told, ['stopped ']);
    return told.length > 0;
  });
});

test('temporary names that were left are removed, unless the source has them', async () => {
  const left = '.clsync-mirror.0123456789abcdef.1f';
  write(inCopy(`a/${left}`));
  write(inCopy(`${left}/file`));
  mkdirSync(inSource('a'));
  await stage.run([row('name', 'a', { flags: RowFlag.sweep })]);
  assert.deepEqual([readdirSync(inCopy('a')), existsSync(inCopy(left))], [[], true]);
  await stage.run([row('name', '', { flags: RowFlag.sweep })]);
  assert.ok(!existsSync(inCopy(left)));
  write(inCopy(`${left}/file`));
  await stage.tree({ options: RunOption.keep });
  assert.ok(!existsSync(inCopy(left)));
  write(inSource(left));
  await stage.tree();
  await stage.tree();
  expectEqual();
});

test(
  'what cannot be read is named, and nothing beneath it is deleted',
  { skip: IS_ROOT ? 'root reads everything' : false },
  async () => {
    write(inSource('closed/file'));
    write(inSource('file'));
    await stage.tree();
    chmodSync(inSource('closed'), 0);
    chmodSync(inSource('file'), 0);
    appendFileSync(inCopy('file'), 'x');
    assert.deepEqual(found(await stage.tree()), ['failed closed', 'failed file']);
    chmodSync(inSource('closed'), 0o755);
    assert.ok(existsSync(inCopy('closed/file')));
  },
);

test('a link is a link, whatever it says', async () => {
  symlinkSync('/etc/passwd', inSource('link'));
  symlinkSync('/etc/shadow', inCopy('link'));
  await stage.run([row('name', 'link')]);
  assert.equal(readlinkSync(inCopy('link')), '/etc/passwd');
  assert.ok(lstatSync(inCopy('link')).isSymbolicLink());
});

test('ahead of a walk, what is missing is copied, and nothing else is done or said', async () => {
  const TIME = 1_000_000_000;
  const copied = (path: string, content: string): void => {
    write(inSource(path), content);
    utimesSync(inSource(path), TIME, TIME);
  };
  copied('place/file', 'one');
  copied('other/file', 'two');
  write(inSource('gone'));
  write(inSource('type'));
  await stage.tree();
  renameSync(inSource('place'), inSource('elsewhere'));
  // Of the same size and time: only the change time of its directory says that it is another one.
  renameSync(inSource('other'), inSource('place'));
  rmSync(inSource('gone'));
  rmSync(inSource('type'));
  write(inSource('type/within'));
  write(inSource('new/deep/file'));
  write(inSource('new/name'));
  linkSync(inSource('new/name'), inSource('new/link'));
  const options = RunOption.ahead | RunOption.keep;
  const { findings, summary } = await stage.tree({ options });
  assert.deepEqual([findings, summary.removed, summary.moved], [[], 0, 0]);
  assert.equal(readFileSync(inCopy('new/deep/file'), 'utf8'), inSource('new/deep/file'));
  assert.deepEqual(
    ['gone', 'type', 'other', 'new/link', 'new/name'].map((name) => existsSync(inCopy(name))),
    [true, true, true, false, false],
  );
  assert.ok(lstatSync(inCopy('type')).isFile());
  assert.equal(readFileSync(inCopy('place/file'), 'utf8'), 'one');
  await stage.tree();
  expectEqual();
});

test('contents of directories that were moved while nobody looked are compared', async () => {
  for (const name of ['one', 'two']) write(inSource(`${name}/in/f`), name);
  for (const name of ['one', 'two']) utimesSync(inSource(`${name}/in/f`), 1, 1);
  const written = statSync(inSource('two/in/f')).ctimeMs;
  await until('some time has passed', () => Date.now() > written + 100);
  await stage.tree();
  expectEqual();
  // Older than their copies, as large and of the same time: only the directories tell.
  renameSync(inSource('one'), inSource('three'));
  renameSync(inSource('two'), inSource('one'));
  renameSync(inSource('three'), inSource('two'));
  await stage.tree();
  expectEqual();
});

test('of a tree deeper than a path can be, what is too deep is named', async () => {
  const part = 'x'.repeat(250);
  const [here, deep] = [process.cwd(), Array.from({ length: 17 }, () => part)];
  process.chdir(stage.source);
  for (const name of deep) {
    mkdirSync(name);
    process.chdir(name);
  }
  process.chdir(here);
  try {
    assert.deepEqual(found(await stage.tree()), [`failed ${deep.join('/')}`]);
  } finally {
    // rmSync() takes paths.
    execFileSync('rm', ['-rf', stage.source, stage.destination]);
  }
});
