import assert from 'node:assert/strict';
import { constants, existsSync } from 'node:fs';
import { test } from 'node:test';
import { optionRow } from '../../../src/master/options/table.js';
import { chooseMonitor } from '../../../src/master/settings/chosen-monitor.js';
import type { MonitorGround } from '../../../src/master/settings/chosen-monitor.js';
import { checkMonitor } from '../../../src/master/settings/monitor-built.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import { EVERYWHERE, MONITOR_NAMES, MONITORS } from '../../../src/shared/monitors.js';
import { parseMountTable } from '../../../src/shared/mount-table.js';
import type { Mounted } from '../../../src/shared/mount-table.js';
import type { Filter } from '../../../src/shared/seccomp/filter.js';
import { monitorFilter } from '../../../src/shared/seccomp/monitor.js';
import { RESOLVER_CALLS } from '../../../src/shared/seccomp/resolver.js';
import type { Syscall } from '../../../src/shared/seccomp/syscalls.js';
import { watcherSeal, watcherStart } from '../../../src/shared/seccomp/watcher.js';
import { generatedFiles } from '../../../src/tools/generate.js';

/** <asm-generic/fcntl.h>. */
const [O_PATH, O_CLOEXEC] = [0o10000000, 0o2000000];

/** What the filter lets through whatever the arguments are. */
function allowed({ rules, otherwise }: Filter): ReadonlySet<Syscall> {
  assert.equal(otherwise, 'ENOSYS');
  const always = rules.filter(({ when, action }) => action === 'allow' && when === undefined);
  return new Set(always.flatMap(({ calls }) => calls));
}

function expectation(calls: readonly Syscall[], verdict: boolean): Record<string, boolean> {
  return Object.fromEntries(calls.map((call) => [call, verdict]));
}

/** Rows of a mount table, each a type and a mount point. */
function mountTableOf(...rows: readonly string[]): Mounted[] {
  const lines = rows.map((row, number) => {
    const [, type, point = ''] = /^(\S+) (.*)$/.exec(row) ?? [];
    return `${number} 1 0:${number} / ${point.replaceAll(' ', '\\040')} rw - ${type} none rw\n`;
  });
  return parseMountTable(lines.join(''));
}

test('what --monitor may be, and what completion offers, is what has a row and a C part', () => {
  const { choices } = optionRow('monitor');
  assert.deepEqual(choices, ['auto', ...MONITOR_NAMES]);
  assert.equal(optionRow('monitor').default, EVERYWHERE);
  const completion = generatedFiles().get('completion/clsync') ?? '';
  assert.match(completion, new RegExp(`--monitor\\) words='auto ${MONITOR_NAMES.join(' ')}' ;;`));
  for (const name of MONITOR_NAMES)
    assert.ok(existsSync(`${FILES.root}src/native/watch/source-${name}.c`), name);
});

for (const name of MONITOR_NAMES) {
  const { calls } = MONITORS[name];

  test(`the filters leave the watcher what ${name} needs, and nothing of other sources`, () => {
    const atStart = allowed(watcherStart(calls));
    const later = allowed(watcherSeal(calls));
    const look = (call: Syscall): [Syscall, boolean] => [
      call,
      atStart.has(call) && later.has(call),
    ];
    assert.deepEqual(Object.fromEntries(calls.sealed.map(look)), expectation(calls.sealed, true));
    const others = (
      ['fanotify_init', 'fanotify_mark', 'inotify_init', 'open_by_handle_at'] as const
    ).filter((call) => ![...calls.start, ...calls.sealed].some((kept) => kept === call));
    assert.deepEqual(Object.fromEntries(others.map(look)), expectation(others, false));
  });
}

test('what a source needs at its start only ends with the seal', () => {
  const calls = { start: ['fanotify_mark', 'mount'], sealed: ['inotify_init1'] } as const;
  const asked = (filter: Filter): boolean[] =>
    (
      ['fanotify_mark', 'mount', 'inotify_init1', 'inotify_add_watch', 'fanotify_init'] as const
    ).map((call) => allowed(filter).has(call));
  assert.deepEqual(asked(watcherStart(calls)), [true, true, true, false, false]);
  assert.deepEqual(asked(watcherSeal(calls)), [false, false, true, false, false]);
});

test('a monitor that was not built is refused at the start, with what to install', () => {
  assert.throws(
    () => checkMonitor('gio', '/proc/absent/'),
    /--monitor=gio: clsync was built without libglib2\.0-dev/,
  );
  assert.doesNotThrow(() => checkMonitor('inotify', '/proc/absent/'));
});

test('auto is fanotify where it can be, and says why where not', () => {
  const mounts = mountTableOf('ext4 /', 'btrfs /b', 'tmpfs /b/in it');
  const ground = { sequence: false, mayMark: true, mounts: () => mounts };
  const chosen = (path: string, own: Partial<MonitorGround> = {}): string => {
    const watchDirectory = path as BytePath;
    const { monitor, monitorReason } = chooseMonitor('auto', { ...ground, watchDirectory, ...own });
    return `${monitor}: ${monitorReason}`;
  };
  const mark = 'fanotify: one mark for its file system';
  assert.equal(chosen('/a'), mark);
  assert.equal(chosen('/b/in it/a'), mark);
  assert.equal(chosen('/b/in'), 'inotify: fanotify is not for file systems of type btrfs');
  assert.match(chosen('/a', { mayMark: false }), /^inotify: without CAP_SYS_ADMIN/);
  assert.match(chosen('/a', { sequence: true }), /^inotify: this mode gets every event/);
  const watchDirectory = '/b/in' as BytePath;
  const asked = chooseMonitor('fanotify', { ...ground, watchDirectory });
  assert.deepEqual(asked, { monitor: 'fanotify' });
});

test('what tells the watcher where directories are opens nothing that can be read', () => {
  const opening = RESOLVER_CALLS.rules.filter(({ calls }) =>
    calls.some((call) => /open/.test(call)),
  );
  const flags = [constants.O_DIRECTORY | O_PATH | O_CLOEXEC];
  assert.deepEqual(
    opening.map(({ calls, when }) => ({ calls, when })),
    [{ calls: ['open_by_handle_at'], when: [{ argument: 2, oneOf: flags }] }],
  );
  assert.equal(RESOLVER_CALLS.otherwise, 'kill');
  const always = RESOLVER_CALLS.rules.filter(({ when }) => when === undefined);
  assert.deepEqual(
    always.flatMap(({ calls }) => calls),
    ['close', 'exit_group', 'fchdir', 'getcwd', 'read', 'write', 'restart_syscall', 'rt_sigreturn'],
  );
  // Nor may those who start it, and nobody where no file system is marked.
  const left = monitorFilter(false, true).filter(({ calls }) =>
    calls.includes('open_by_handle_at'),
  );
  assert.deepEqual(left, [
    { calls: ['open_by_handle_at'], action: 'EPERM', when: [{ argument: 2, noneOf: flags }] },
  ]);
  const without = monitorFilter(false, false).find(({ calls }) =>
    calls.includes('open_by_handle_at'),
  );
  assert.equal(without?.when, undefined);
});
