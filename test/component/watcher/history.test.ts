/** The last raw events in a dump. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { display } from '../../../src/shared/bytes.js';
import { scratch, Watched } from './support.js';

/** The lines of the file `events`, without the times. */
function eventsOf(watched: Watched): string[] {
  const pieces = [...watched.control.describe()].filter(({ file }) => display(file) === 'events');
  const lines = pieces.map(({ text }) => text).join('');
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(line.indexOf(' ') + 1));
}

test('a dump shows each event as it came, with the cookie of a rename', async () => {
  using place = scratch();
  mkdirSync(`${place.path}/d`);
  using watched = new Watched(place.path);
  await watched.message('walked');
  writeFileSync(`${place.path}/d/a\nb`, '');
  renameSync(`${place.path}/d/a\nb`, `${place.path}/c`);
  rmSync(`${place.path}/c`);
  await watched.quiet();
  const events = eventsOf(watched);
  const cookie = /^MOVED_FROM (\d+) /.exec(events[2] ?? '')?.[1];
  assert.deepEqual(events, [
    'CREATE - d/a\\x0ab',
    'CLOSE_WRITE - d/a\\x0ab',
    `MOVED_FROM ${cookie} d/a\\x0ab`,
    `MOVED_TO ${cookie} c`,
    'DELETE - c',
  ]);
});

test('an event in a forgotten directory is shown with its key', async () => {
  using place = scratch();
  mkdirSync(`${place.path}/d`);
  using watched = new Watched(place.path);
  await watched.message('walked');
  writeFileSync(`${place.path}/d/a`, '');
  rmSync(`${place.path}/d`, { recursive: true });
  await watched.quiet();
  const events = eventsOf(watched);
  assert.match(events[0] ?? '', /^CREATE - <\d+>\/a$/);
  assert.equal(events.at(-1), 'DELETE|ISDIR - d');
});

test('of very many events the last few thousand are kept', async () => {
  using place = scratch();
  using watched = new Watched(place.path);
  await watched.message('walked');
  for (let number = 0; number < 10_000; number++) {
    writeFileSync(`${place.path}/${number}`, '');
    // So that the kernel's queue never overflows.
    if (number % 1000 === 999) await watched.quiet();
  }
  const events = eventsOf(watched);
  assert.equal(events.at(-1), 'CLOSE_WRITE - 9999');
  assert.ok(events.length > 2_000 && events.length < 8_000, String(events.length));
  const first = 20_000 - events.length;
  assert.equal(events[0], `${first % 2 === 0 ? 'CREATE' : 'CLOSE_WRITE'} - ${first >> 1}`);
});
