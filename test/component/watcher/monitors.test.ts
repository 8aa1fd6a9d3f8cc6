/**
 * Repeats tests of this directory with each other monitor than inotify: a row a monitor.
 * `CLSYNC_TEST_ALL` repeats all of them, as `make soak` does.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import { MONITORS } from '../../../src/shared/monitors.js';
import type { MonitorName } from '../../../src/shared/monitors.js';
import { needsMonitor, needsMounts } from '../../harness/offers.js';
import { DEADLINE } from '../../harness/until.js';
import { needsRoot } from '../../harness/user.js';
import { launch, specificationOf } from '../native/launcher-harness.js';
import { REPEATED } from './support.js';

/** Of each monitor: the files of `make test`, and those that say nothing of it. */
const ROWS: Partial<Record<MonitorName, { repeated: readonly string[]; not: readonly string[] }>> =
  {
    fanotify: { repeated: ['watcher', 'moves', 'rules', 'mounts', 'lazy'], not: ['source'] },
    gio: {
      repeated: ['watcher', 'rules'],
      // GLib has events of its own, later than the kernel's, and tells a chain of moves in another
      // order; its monitors go by paths, which are not longer than PATH_MAX; a test that opens a
      // monitor itself loads nothing.
      not: ['source', 'lazy', 'settings', 'moves', 'mounts', 'obstacles', 'history', 'wake'],
    },
  };

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OWN = ['monitors'];
const DESCRIPTOR = 40;
const RESOLVER = 41;
/** FAN_UNLIMITED_QUEUE */
const UNLIMITED = 0x10;

/** @param isMarked a file system of its own, in which nobody else does anything */
async function inScratch(
  isMarked: boolean,
  act: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'clsync-marked-')));
  if (isMarked) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'clsync', directory]);
  try {
    await act(directory);
  } finally {
    if (isMarked) execFileSync('umount', [directory]);
    rmdirSync(directory);
  }
}

function filesOf({
  repeated,
  not,
}: {
  repeated: readonly string[];
  not: readonly string[];
}): string[] {
  if (process.env['CLSYNC_TEST_ALL'] === undefined) return [...repeated];
  return readdirSync(HERE)
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => basename(name, '.test.js'))
    .filter((name) => !OWN.includes(name) && !not.includes(name));
}

for (const [name, row] of Object.entries(ROWS))
  for (const file of filesOf(row)) repeat(name as MonitorName, file);
repeat('fanotify', 'lazy', 'dropped');

/** @param dropped of the tests those with this word, and the kernel's queue has a limit */
function repeat(name: MonitorName, file: string, dropped?: string): void {
  const { mark } = MONITORS[name];
  const skip = cannotRepeat(name);
  const title = `with ${name}${dropped === undefined ? '' : ' and a limited queue'}: ${file}`;
  test(title, { skip, timeout: DEADLINE }, () =>
    inScratch(mark !== undefined, async (place) => {
      const directory = fromText(place);
      const launched = launch({
        ...specificationOf([]),
        directory,
        ...(mark !== undefined && {
          events: {
            descriptor: DESCRIPTOR,
            ...mark,
            ...(dropped !== undefined && { flags: mark.flags & ~UNLIMITED }),
            directory,
          },
          resolver: { descriptor: RESOLVER, files: 0n },
        }),
        program: fromText(process.execPath),
        arguments: [
          'node',
          ...(dropped === undefined ? [] : [`--test-name-pattern=${dropped}`]),
          `${HERE}${file}.test.js`,
        ].map(fromText),
        environment: [
          `PATH=${process.env['PATH'] ?? ''}`,
          `TMPDIR=${place}`,
          `${REPEATED.monitor}=${name}`,
          ...(mark === undefined
            ? []
            : [`${REPEATED.granted}=${DESCRIPTOR}`, `${REPEATED.resolver}=${RESOLVER}`]),
          ...(dropped === undefined ? [] : [`${REPEATED.limited}=1`]),
        ].map(fromText),
      });
      assert.equal(await launched.started, undefined);
      const { code, output } = await launched.ended;
      assert.equal(code, 0, output);
    }),
  );
}

/** Why a monitor cannot be had here. */
function cannotRepeat(name: MonitorName): string | false {
  const { library } = MONITORS[name];
  if (library !== undefined) return needsMonitor(name);
  return needsRoot || needsMounts();
}
