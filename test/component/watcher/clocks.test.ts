/** The wall clock is set while the watcher runs. */
import assert from 'node:assert/strict';
import {
  closeSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { until } from '../../harness/until.js';
import { covers, scratch, Watched } from './support.js';
import type { Told } from './support.js';

const HOUR = 3_600_000;
const now = Date.now.bind(Date);

/** What Date.now() answers, as long as it is not disposed. */
class SetClock implements Disposable {
  by = 0;

  constructor() {
    Date.now = () => now() + this.by;
  }

  [Symbol.dispose](): void {
    Date.now = now;
  }
}

for (const detail of ['recursive', 'objects'] as const)
  test(`a clock that is set back or forward by hours hides no change: ${detail}`, async () => {
    using directory = scratch();
    using clock = new SetClock();
    const { path } = directory;
    mkdirSync(`${path}/d`);
    writeFileSync(`${path}/d/f`, '');
    linkSync(`${path}/d/f`, `${path}/g`);
    using watched = new Watched(path, {
      detail,
      settle: 1000,
      recheckInterval: 100,
    });
    await watched.message('walked');
    for (const by of [-5 * HOUR, 7 * HOUR, -HOUR, 0]) {
      clock.by = by;
      const told = new Map<string, Told>();
      const isTold = async (name: string): Promise<void> =>
        until(`${name} to be told with the clock set by ${by / HOUR} h`, () => {
          for (const [one, what] of watched.told()) told.set(one, what);
          return covers(told, name);
        });
      await watched.quiet();
      watched.told();
      writeFileSync(`${path}/d/f`, String(by));
      for (const name of ['d/f', 'g']) await isTold(name);
      mkdirSync(`${path}/new ${by}`);
      writeFileSync(`${path}/new ${by}/inside`, '');
      await isTold(`new ${by}/inside`);
      renameSync(`${path}/new ${by}`, `${path}/moved ${by}`);
      await isTold(`moved ${by}/inside`);
      await isTold(`new ${by}`);
    }
    assert.deepEqual(watched.fatal, []);
  });

test('names of a file are searched by the times it got before the clock was set', async () => {
  const settings = [7 * HOUR, -5 * HOUR, 9 * HOUR];
  using directory = scratch();
  using clock = new SetClock();
  const nameOf = (by: number, name: string): string => `${directory.path}/${by} ${name}`;
  for (const by of settings) {
    writeFileSync(nameOf(by, 'a'), 'x');
    for (const name of ['b', 'c']) linkSync(nameOf(by, 'a'), nameOf(by, name));
  }
  using watched = new Watched(directory.path);
  await watched.message('walked');
  for (const by of settings) {
    const descriptor = openSync(nameOf(by, 'a'), 'r');
    unlinkSync(nameOf(by, 'a'));
    await watched.quiet();
    watched.told();
    // Nobody can say through which name: another file has the one that the event is of.
    fchmodSync(descriptor, 0o400);
    writeFileSync(nameOf(by, 'a'), 'another');
    clock.by = by;
    await watched.quiet();
    const told = watched.told();
    for (const name of ['b', 'c']) assert.ok(told.has(`${by} ${name}`), `${by} ${name}`);
    closeSync(descriptor);
  }
});
