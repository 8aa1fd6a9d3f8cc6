import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { optionRow } from '../../../src/master/options/table.js';
import { FILES } from '../../../src/shared/layout.js';
import { MONITOR_NAMES, MONITORS } from '../../../src/shared/monitors.js';
import type { CallRule } from '../../../src/shared/seccomp/filter.js';
import type { Syscall } from '../../../src/shared/seccomp/syscalls.js';
import { watcherSeal, watcherStart } from '../../../src/shared/seccomp/tables.js';
import { generatedFiles } from '../../../src/tools/generate.js';

function refused(rules: readonly CallRule[]): ReadonlySet<Syscall> {
  return new Set(rules.filter(({ when }) => when === undefined).flatMap(({ calls }) => calls));
}

function expectation(calls: readonly Syscall[], verdict: boolean): Record<string, boolean> {
  return Object.fromEntries(calls.map((call) => [call, verdict]));
}

test('what --monitor may be, and what completion offers, is what has a row and a C part', () => {
  const { choices } = optionRow('monitor');
  assert.deepEqual(choices, MONITOR_NAMES);
  const completion = generatedFiles().get('completion/clsync') ?? '';
  assert.match(completion, new RegExp(`--monitor\\) words='${MONITOR_NAMES.join(' ')}' ;;`));
  for (const name of MONITOR_NAMES)
    assert.ok(existsSync(`${FILES.root}src/native/watch/source-${name}.c`), name);
});

for (const name of MONITOR_NAMES) {
  const { calls } = MONITORS[name];

  test(`the filters leave the watcher what ${name} needs, and nothing of other sources`, () => {
    const atStart = refused(watcherStart(calls));
    const later = refused(watcherSeal(calls));
    const look = (call: Syscall): [Syscall, boolean] => [
      call,
      atStart.has(call) || later.has(call),
    ];
    assert.deepEqual(Object.fromEntries(calls.sealed.map(look)), expectation(calls.sealed, false));
    const others = (['fanotify_init', 'fanotify_mark', 'inotify_init'] as const).filter(
      (call) => ![...calls.start, ...calls.sealed].some((kept) => kept === call),
    );
    assert.deepEqual(Object.fromEntries(others.map(look)), expectation(others, true));
  });
}

test('what a source needs at its start only ends with the seal', () => {
  const calls = { start: ['fanotify_mark', 'mount'], sealed: ['inotify_init1'] } as const;
  const atStart = refused(watcherStart(calls));
  assert.deepEqual(
    (
      ['fanotify_mark', 'mount', 'inotify_init1', 'inotify_add_watch', 'fanotify_init'] as const
    ).map((call) => atStart.has(call)),
    [false, false, false, true, true],
  );
  assert.deepEqual(
    [...refused(watcherSeal(calls))].filter((call) => call.includes('notify') || call === 'mount'),
    ['fanotify_mark', 'mount'],
  );
});
