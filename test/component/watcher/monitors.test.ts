/**
 * Repeats tests of this directory with each monitor that the launcher makes something for: a row a
 * monitor. `CLSYNC_TEST_ALL` repeats all of them, as `make soak` does.
 */
import assert from 'node:assert/strict';
import { readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import { mountOf, mountTable } from '../../../src/shared/mount-table.js';
import { MONITORS } from '../../../src/shared/monitors.js';
import type { MonitorName } from '../../../src/shared/monitors.js';
import { DEADLINE } from '../../harness/until.js';
import { needsRoot } from '../../harness/user.js';
import { launch, specificationOf } from '../native/launcher-harness.js';
import { REPEATED } from './support.js';

/** Of each monitor: the files of `make test`, and those that say nothing of it. */
const ROWS: Partial<Record<MonitorName, { repeated: readonly string[]; not: readonly string[] }>> =
  {
    fanotify: { repeated: ['watcher', 'moves', 'rules', 'mounts'], not: ['source'] },
  };

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OWN = ['monitors'];
const DESCRIPTOR = 40;
const directory = fromText(realpathSync(tmpdir()));

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

for (const [name, row] of Object.entries(ROWS)) {
  const { mark } = MONITORS[name as MonitorName];
  assert.ok(mark !== undefined);
  const type = mountOf(directory, mountTable())?.type ?? '';
  const skip = needsRoot || (mark.types.includes(type) ? false : `${tmpdir()} is of type ${type}`);
  for (const file of filesOf(row))
    test(`with ${name}: ${file}`, { skip, timeout: DEADLINE }, async () => {
      const { flags, mask } = mark;
      const launched = launch({
        ...specificationOf([]),
        events: { descriptor: DESCRIPTOR, flags, mask, directory },
        program: fromText(process.execPath),
        arguments: ['node', `${HERE}${file}.test.js`].map(fromText),
        environment: [
          `PATH=${process.env['PATH'] ?? ''}`,
          `TMPDIR=${tmpdir()}`,
          `${REPEATED.monitor}=${name}`,
          `${REPEATED.granted}=${DESCRIPTOR}`,
        ].map(fromText),
      });
      assert.equal(await launched.started, undefined);
      const { code, output } = await launched.ended;
      assert.equal(code, 0, output);
    });
}
