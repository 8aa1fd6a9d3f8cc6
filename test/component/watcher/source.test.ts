/** The event source of the monitor: opened by name, and closed when something fails. */
import assert from 'node:assert/strict';
import { mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'node:test';
import { toBuffer, fromText } from '../../../src/shared/bytes.js';
import { monotonic } from '../../../src/shared/clock.js';
import { openMountTable } from '../../../src/shared/mount-table.js';
import { native } from '../../../src/shared/native.js';
import type { WatcherSettings } from '../../../src/shared/settings.js';
import { decodeFindings } from '../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../src/watcher/monitor/findings.js';
import type { Monitor } from '../../../src/watcher/monitor/monitor.js';
import { openMonitor } from '../../../src/watcher/monitor/registry.js';
import { DEADLINE } from '../../harness/until.js';
import { DEFAULTS, scratch, Watched } from './support.js';

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').sort();
}

const CALLS: readonly { what: string; source: string; wake: unknown; message: RegExp }[] = [
  {
    what: 'a source that does not exist',
    source: 'kqueue',
    wake: () => undefined,
    message: /no such event source/,
  },
  { what: 'nobody to wake', source: 'inotify', wake: 'nobody', message: /Node-API/ },
];

for (const { what, source, wake, message } of CALLS) {
  test(`${what}: refused, and all descriptors are closed`, () => {
    using place = scratch();
    const before = descriptors();
    const root = native.openRoot(toBuffer(fromText(place.path)));
    const [granted, resolver] = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')];
    const given = [root, granted, resolver, source, 0, 0, false, -1, wake];
    assert.throws(() => Reflect.apply(native.monitorOpen, native, given), { message });
    assert.deepEqual(descriptors(), before);
  });
}

test('of an event it is known when it had not happened yet', { timeout: DEADLINE }, async () => {
  const opened = monotonic();
  using place = scratch();
  using watched = new Watched(place.path);
  await watched.message('walked');
  const looked: Finding[] = [];
  const { monitorEvents } = native;
  native.monitorEvents = (handle, budget) => {
    const found = monitorEvents(handle, budget);
    looked.push(...decodeFindings(found[0]));
    return found;
  };
  try {
    await watched.quiet();
    mkdirSync(`${place.path}/made`);
    const made = monotonic();
    await watched.quiet();
    const { after = 0 } = looked.find(({ path }) => path === 'made') ?? {};
    assert.ok(after >= opened && after <= made, `${after}: ${opened} to ${made}`);
  } finally {
    native.monitorEvents = monitorEvents;
  }
});

const INSTEAD: readonly { what: string; directory: string; message: RegExp }[] = [
  {
    what: 'a file system of another type',
    directory: '/dev/pts',
    message: /^--monitor=fanotify: it is not for file systems of type devpts; inotify is used$/,
  },
  {
    what: 'without a mark',
    directory: '/dev/shm',
    message:
      /^--monitor=fanotify: the kernel cannot mark this file system \(bad file descriptor\); inotify is used$/,
  },
];

for (const { what, directory, message } of INSTEAD) {
  test(`fanotify, ${what}: inotify is used, which is said`, async () => {
    using watched = new Watched(directory, { monitor: 'fanotify' });
    await watched.message('watching');
    assert.match(watched.records[0] ?? '', message);
    assert.equal(watched.monitor, 'inotify');
  });
}

test('fanotify that is denied ends the start where it was asked for, not where auto chose it', () => {
  using place = scratch();
  const refusal = `${place.path}/refusal`;
  writeFileSync(refusal, new BigUint64Array([BigInt(constants.errno.EPERM)]));
  const told: string[] = [];
  const start = (own: Partial<WatcherSettings>): Monitor => {
    const root = fromText('/dev/shm');
    const opening = {
      settings: { ...DEFAULTS, watchDirectory: root, monitor: 'fanotify', ...own } as const,
      root,
      mounts: openMountTable(),
      granted: { events: openSync(refusal, 'r') },
      report: (level: string, text: string) => void told.push(`${level}: ${text}`),
    };
    return openMonitor(opening, () => undefined);
  };
  assert.throws(() => start({}), /the file system cannot be marked \(operation not permitted\)/);
  const monitor = start({ monitorReason: 'one mark' });
  assert.equal(monitor.source, 'inotify');
  monitor.close();
  assert.deepEqual(told, [
    'info: --monitor=fanotify: the kernel cannot mark this file system (operation not permitted); inotify is used',
  ]);
});
