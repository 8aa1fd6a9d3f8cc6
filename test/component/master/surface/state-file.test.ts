import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { lockFile } from '../../../../src/master/native.js';
import { StateFile } from '../../../../src/master/surface/state-file.js';
import { fromText } from '../../../../src/shared/bytes.js';
import { as, needsRoot, ORDINARY_USER } from '../../../harness/user.js';

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'clsync-state-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('the file holds exactly the text written last, and is removed at the end', (t) => {
  const path = join(place(t), 'status');
  const file = new StateFile(fromText(path), '--status-file');
  for (const text of ['synchandler error', 'running']) {
    file.write(text);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  assert.equal(lstatSync(path).mode & 0o777, 0o644 & ~process.umask());
  file.remove();
  assert.equal(existsSync(path), false);
});

test('a path that is not a file is refused and stays, also behind a link', (t) => {
  const directory = place(t);
  const refusal = { code: 'CANNOT_WRITE', message: /something that is no file is there/ };
  const link = join(directory, 'link');
  symlinkSync('/dev/null', link);
  assert.throws(() => new StateFile(fromText(link), '--pid-file').write('1'), refusal);
  assert.equal(lstatSync(link).isSymbolicLink(), true);
  const below = join(directory, 'below');
  mkdirSync(below);
  assert.throws(() => new StateFile(fromText(below), '--pid-file'), refusal);
});

test('a planted symbolic link is replaced, its target untouched', (t) => {
  const directory = place(t);
  const [path, victim] = [join(directory, 'pid'), join(directory, 'victim')];
  writeFileSync(victim, 'precious');
  symlinkSync(victim, path);
  const file = new StateFile(fromText(path), '--pid-file');
  file.write('1');
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
  assert.equal(lstatSync(path).isSymbolicLink(), false);
  unlinkSync(path);
  symlinkSync(victim, path);
  file.remove();
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
});

test("another instance's file of the same name is not removed", (t) => {
  const path = join(place(t), 'pid');
  const file = new StateFile(fromText(path), '--pid-file');
  file.write('1');
  unlinkSync(path);
  writeFileSync(path, '2');
  file.remove();
  assert.equal(readFileSync(path, 'utf8'), '2');
});

test('what cannot be removed is emptied', { skip: needsRoot }, (t) => {
  const directory = place(t);
  const path = join(directory, 'pid');
  chownSync(directory, ORDINARY_USER.uid, ORDINARY_USER.gid);
  as(ORDINARY_USER, () => {
    const file = new StateFile(fromText(path), '--pid-file');
    file.write('1');
    chmodSync(directory, 0o500);
    file.remove();
  });
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('a file belongs to its writer until it is removed; a leftover is replaced', (t) => {
  const path = join(place(t), 'pid');
  writeFileSync(path, 'left over');
  const [pid, again] = [process.pid, process.ppid].map(String) as [string, string];
  const file = new StateFile(fromText(path), '--pid-file');
  file.write(pid);
  const refusal = {
    code: 'IN_USE',
    message:
      `--pid-file: ${path} belongs to another clsync that is running (process ${pid}): end that one, or ` +
      'name another file',
  };
  assert.throws(() => new StateFile(fromText(path), '--pid-file'), refusal);
  file.write(again);
  assert.throws(
    () => new StateFile(fromText(path), '--pid-file'),
    { code: 'IN_USE' },
    'also when it was written again',
  );
  assert.equal(readFileSync(path, 'utf8'), again);
  file.remove();
  new StateFile(fromText(path), '--pid-file').write('2');
  assert.equal(readFileSync(path, 'utf8'), '2');
});

test('a file that is let go of meanwhile is taken: by the monitor of a daemon that was killed', async (t) => {
  const path = join(place(t), 'pid');
  writeFileSync(path, String(spawnSync('true').pid));
  const held = openSync(path, 'r+');
  assert.ok(lockFile(held));
  const other = new Worker(
    `const { closeSync } = require('node:fs');
     const { workerData } = require('node:worker_threads');
     setTimeout(() => closeSync(workerData), 700);`,
    { eval: true, workerData: held },
  );
  await once(other, 'online');
  const file = new StateFile(fromText(path), '--pid-file');
  file.write('18');
  assert.equal(readFileSync(path, 'utf8'), '18');
});

test('of two instances that start at once only one gets the file', (t) => {
  const path = join(place(t), 'pid');
  const [one, other] = [
    new StateFile(fromText(path), '--pid-file'),
    new StateFile(fromText(path), '--pid-file'),
  ];
  one.write('1');
  assert.throws(() => other.write('2'), { code: 'IN_USE' });
  other.remove();
  assert.equal(readFileSync(path, 'utf8'), '1');
});

test('a removed file is written again, removed with its directory or alone', (t) => {
  const directory = join(place(t), 'run');
  const path = join(directory, 'status');
  mkdirSync(directory);
  const file = new StateFile(fromText(path), '--status-file');
  file.write('running');
  unlinkSync(path);
  file.restore();
  assert.equal(readFileSync(path, 'utf8'), 'running');
  rmSync(directory, { recursive: true });
  file.restore();
  mkdirSync(directory);
  file.restore();
  assert.equal(readFileSync(path, 'utf8'), 'running');
  file.remove();
  assert.deepEqual(readdirSync(directory), []);
});

test('a directory swapped for a link leads nowhere', (t) => {
  const directory = place(t);
  chmodSync(directory, 0o777); // anybody may plant one here
  const [real, aside, elsewhere] = ['real', 'aside', 'elsewhere'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  mkdirSync(real);
  mkdirSync(elsewhere);
  const file = new StateFile(fromText(join(real, 'pid')), '--pid-file');
  renameSync(real, aside);
  symlinkSync(elsewhere, real);
  file.write('1');
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.deepEqual(readdirSync(aside), ['pid']);
});

test('no directory, no file: an error that says so', (t) => {
  assert.throws(() => new StateFile(fromText('/proc/absent/pid'), '--pid-file'), {
    code: 'NO_DIRECTORY',
    exit: 2,
    message:
      '--pid-file: cannot write /proc/absent/pid: its directory does not exist: make it, or name another place',
  });
  const directory = place(t);
  mkdirSync(join(directory, 'pid'));
  assert.throws(() => new StateFile(fromText(join(directory, 'pid')), '--pid-file').write('1'), {
    code: 'CANNOT_WRITE',
  });
  assert.deepEqual(readdirSync(directory), ['pid'], 'nothing is left behind');
});

test('an attacker who swaps the file for a link all the time gains nothing', async (t) => {
  const directory = place(t);
  const [path, victim] = [join(directory, 'status'), join(directory, 'victim')];
  writeFileSync(victim, 'precious');
  const attacker = new Worker(
    `const { symlinkSync, unlinkSync } = require('node:fs');
     const { workerData: [path, victim, stop] } = require('node:worker_threads');
     while (Atomics.load(stop, 0) === 0) {
       try { unlinkSync(path); } catch {}
       try { symlinkSync(victim, path); } catch {}
       Atomics.add(stop, 1, 1);
     }`,
    { eval: true, workerData: [path, victim, new Int32Array(new SharedArrayBuffer(8))] },
  );
  await once(attacker, 'online');
  const file = new StateFile(fromText(path), '--status-file');
  for (let i = 0; i < 1000; i++) file.write('running');
  file.remove();
  await attacker.terminate();
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
});
