import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { News } from '../../../../src/master/news.js';
import { memoryLimits, memoryNews } from '../../../../src/master/sandbox/cgroup-memory.js';
import { memberOf } from '../../../../src/master/sandbox/roles.js';
import type { SandboxSettings } from '../../../../src/master/sandbox/settings.js';
import { temporaryDirectory } from '../../../harness/temporary.js';

const AUTO = { watcher: true, executor: true };
const settings = (changes: Partial<SandboxSettings>): SandboxSettings =>
  ({ limits: {}, autoMemory: AUTO, ...changes }) as SandboxSettings;

test('auto is a share of the memory, and a limit only where that takes no rights', () => {
  const { watcher = 0, executor = 0 } = memoryLimits(settings({}), true);
  assert.equal(watcher, Math.max(512 << 20, Math.floor(totalmem() / 4)));
  assert.equal(executor, Math.max(1 << 30, Math.floor((totalmem() * 3) / 4)));
  assert.deepEqual(memoryLimits(settings({}), false), {});
});

test('what was given is the limit everywhere, and none is none', () => {
  const given = settings({ limits: { memory: 5 }, watcherMemory: 7 });
  for (const free of [true, false])
    assert.deepEqual(memoryLimits(given, free), { watcher: 7, executor: 5 });
  const none = settings({ autoMemory: { watcher: false, executor: false } });
  assert.deepEqual(memoryLimits(none, true), {});
});

test('each kill is told once, also after the group was made anew', (scope) => {
  const events = join(temporaryDirectory(scope), 'events');
  const told: string[] = [];
  const count = (kills: number): void =>
    writeFileSync(events, `oom 9\noom_kill ${kills}\noom_group_kill 0\n`);
  count(3);
  const watcher = memberOf('watcher');
  assert.ok(watcher);
  const ended: News = { kind: 'roleEnded', member: watcher, at: 0 };
  const listener = memoryNews([{ role: 'watcher', limit: 8 << 20, events }], (news) =>
    told.push(news.kind === 'record' ? news.text : news.kind),
  );
  listener(ended);
  assert.deepEqual(told, []);
  count(4);
  listener(ended);
  listener(ended);
  const line = 'the watcher was ended for memory: the limit is 8 MiB (--watcher-memory)';
  assert.deepEqual(told, [line]);
  rmSync(events);
  listener(ended);
  count(1);
  listener(ended);
  assert.deepEqual(told, [line, line]);
});
