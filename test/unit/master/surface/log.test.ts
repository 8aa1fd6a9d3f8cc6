import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { LogBuffer, WAITING_MAX } from '../../../../src/master/surface/log-buffer.js';
import { syslogRecord } from '../../../../src/master/surface/syslog.js';
import { FILES } from '../../../../src/shared/layout.js';
import { needsRoot, ORDINARY_USER } from '../../../harness/user.js';

test('lines wait in their order, no more than so many, and what was dropped is counted once it flows again', () => {
  const taken: string[] = [];
  let room = 0;
  const buffer = new LogBuffer(
    (line) => room-- > 0 && taken.push(line) > 0,
    (dropped) => `${dropped} lost`,
  );
  const fitting = WAITING_MAX >> 10;
  const lines = Array.from({ length: fitting + 7 }, (_, number) => String(number).padEnd(1 << 10));
  for (const line of lines) buffer.push(line);
  assert.deepEqual([taken, buffer.isEmpty], [[], false]);
  room = 3;
  assert.equal(buffer.drain(), true);
  assert.deepEqual(taken, lines.slice(0, 3));
  assert.equal(buffer.drain(), false);
  buffer.push('later');
  room = Infinity;
  buffer.drain();
  assert.deepEqual(taken, [...lines.slice(0, fitting), 'later', '7 lost']);
  buffer.push('last');
  assert.deepEqual([taken.at(-1), buffer.isEmpty], ['last', true]);
});

test('a record for syslog is as the C library writes it', () => {
  const noon = new Date(2026, 1, 3, 12, 4, 5);
  assert.equal(
    syslogRecord('error', 'x % y', noon),
    `<27>Feb  3 12:04:05 clsync[${process.pid}]: x % y`,
  );
  assert.deepEqual(
    (['warning', 'info', 'debug1', 'debug5'] as const).map(
      (level) => /^<(\d+)>/.exec(syslogRecord(level, '', noon))?.[1],
    ),
    ['28', '30', '31', '31'],
  );
});

test(
  'what is to be said is said where the limit on processes leaves no room for a thread',
  { skip: needsRoot },
  () => {
    const script = `import { outletFlush, outletPut } from '${FILES.root}/dist/src/master/native.js';
    import { posix } from '${FILES.root}/dist/src/master/posix.js';
    posix().setrlimit('nproc', { soft: 1, hard: 1 });
    outletPut(2, 'one ');
    outletPut(2, 'two');
    process.exitCode = outletFlush(2, 1000) ? 0 : 1;`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      uid: ORDINARY_USER.uid,
      gid: ORDINARY_USER.gid,
      cwd: '/',
    });
    assert.deepEqual([status, stderr], [0, 'one two']);
  },
);
