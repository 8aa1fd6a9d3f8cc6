import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MOST_PATHS } from '../../../src/shared/collapse.js';
import { Watched, covers, scratch } from './support.js';

test('a watcher without credit sends whole directories, and reports it once', async () => {
  using directory = scratch();
  using watched = new Watched(directory.path, { collapses: true }, 1);
  await watched.message('watching');
  const write = (name: string): void => {
    for (let index = 0; index < MOST_PATHS + 1000; index++)
      writeFileSync(join(directory.path, `${name}${index}`), '');
  };
  const probed = (): Promise<void> => {
    const quiet = watched.quiet();
    watched.grant(1_000_000);
    return quiet;
  };
  const said = (): number =>
    watched.records.filter((line) => line.includes('directories are taken whole')).length;
  write('f');
  await settled(watched, () => said() === 1);
  assert.ok(watched.control.counters.pending <= MOST_PATHS);
  await probed();
  const told = watched.told();
  for (let index = 0; index < MOST_PATHS + 1000; index++) assert.ok(covers(told, `f${index}`));
});

/** Waits until the events so far have led to a state. */
async function settled(watched: Watched, holds: () => boolean): Promise<void> {
  while (!holds()) {
    watched.control.wake();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
