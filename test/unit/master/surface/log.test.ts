import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer, WAITING_MAX } from '../../../../src/master/surface/log-buffer.js';
import { oneLine } from '../../../../src/master/surface/one-line.js';
import { syslogRecord } from '../../../../src/master/surface/syslog.js';
import { until } from '../../../harness/until.js';

test(
  'lines wait in their order, no more than so many, and what was dropped is counted once it ' +
    'flows again',
  () => {
    const taken: string[] = [];
    let room = 0;
    const buffer = new LogBuffer(
      (line) => room-- > 0 && taken.push(String(line)) > 0,
      (dropped) => `${dropped} lost`,
    );
    const fitting = WAITING_MAX >> 10;
    const lines = Array.from({ length: fitting + 7 }, (_, number) =>
      String(number).padEnd(1 << 10),
    );
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
  },
);

test('what waits is handed on by itself, once it can be', async () => {
  const taken: string[] = [];
  let open = false;
  const buffer = new LogBuffer(
    (line) => open && taken.push(String(line)) > 0,
    () => '',
  );
  buffer.push('a');
  buffer.push('b');
  open = true;
  await until('both lines', () => taken.length === 2, { every: 5 });
  assert.deepEqual(taken, ['a', 'b']);
});

test('a message is never longer than an outlet can take, whatever it consists of', () => {
  for (const character of ['\x01', '€', 'x'])
    assert.ok(Buffer.byteLength(oneLine(character.repeat(1 << 17))) < 60 << 10);
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
