import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quota } from '../../../src/master/quota.js';
import { RATE } from '../../../src/master/rate.js';
import type { Message } from '../../../src/shared/messages.js';

const record = (text: string): Message => ({ name: 'watcherRecord', level: 1, text });
const status: Message = { name: 'status', status: 1 };

function make(): { quota: Quota; said: string[]; pass(milliseconds: number): void } {
  const said: string[] = [];
  let now = 0;
  const quota = new Quota(
    'watcher',
    (_, text) => said.push(text),
    () => now,
  );
  return { quota, said, pass: (milliseconds) => (now += milliseconds) };
}

/** How many bytes of records are told of a role that never stops, within these seconds. */
function flood(seconds: number): { told: number; lost: number } {
  const { quota, pass } = make();
  const text = 'x'.repeat(60_000);
  const sums = { told: 0, lost: 0 };
  for (let tenth = 0; tenth < seconds * 10; tenth++) {
    for (let times = 0; times < 300; times++)
      sums[quota.heard(record(text)).lost ? 'lost' : 'told'] += text.length;
    pass(100);
  }
  return sums;
}

test('records beyond what a log can take are lost, counted, and told of', () => {
  const { quota, said, pass } = make();
  for (let number = 0; number < RATE.lines.burst; number++)
    assert.deepEqual(quota.heard(record('x')), { lost: false, wait: 0 });
  for (let times = 0; times < 7; times++) {
    const { lost, wait } = quota.heard(record('x'));
    assert.deepEqual([lost, wait > 0], [true, true]);
  }
  pass(1000);
  assert.equal(quota.heard(record('x')).lost, false);
  quota.close();
  assert.deepEqual(said, ['7 messages of the watcher were lost: they came too fast']);
  quota.close();
  assert.equal(said.length, 1);
});

test('a role that floods on is all but mute', () => {
  assert.ok(flood(10).told < RATE.bytes.burst + 11 * RATE.bytes.second);
  const { told } = flood(1000);
  assert.ok(told < (257 << 20) + 1000 * (16 << 10), `${told} bytes`);
});

test('who sends more of other messages than there is reason to has to wait, and is heard', () => {
  const { quota, said, pass } = make();
  let sent = 0;
  while (quota.heard(status).wait === 0) sent++;
  assert.ok(sent > 1000 && sent < 10_000);
  assert.equal(quota.heard(status).lost, false);
  assert.deepEqual(said, ['the watcher sends more than it has reason to: it has to wait']);
  pass(1000);
  assert.equal(quota.heard(status).wait, 0);
  // What it prints in the log has not been counted with that.
  assert.equal(quota.heard(record('x')).lost, false);
});
