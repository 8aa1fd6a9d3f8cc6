/** Plug-ins that crash, hang, lie or cannot be loaded. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { EntryFlag } from '../../../src/shared/entry.js';
import { entry } from '../../harness/entries.js';
import { stage, log, compile, load, begin, RECORDER } from './plugin-stage.js';

test('a handler that crashes is a failed sync, tried again in a new process', async () => {
  load(compile(RECORDER), { mode: 'so', retries: 0 });
  await begin(entry('', 0x40000100, EntryFlag.initial));
  await stage.driver.sync(entry('crash', 2));
  assert.ok(stage.driver.log.some((line) => line.includes('killed by SIGABRT')));
  assert.equal(log().filter((line) => line.startsWith('init ')).length, 2);
});

test('a handler that hangs at its end, or in any call, delays nothing', async () => {
  const object = compile(`
#include <clsync/clsync.h>
int clsyncapi_sync(int n, api_eventinfo_t *ei) { while (n > 1) pause(); return ei->path_len; }
int clsyncapi_deinit() { for (;;) pause(); }`);
  for (const events of [1, 2]) {
    load(object, { mode: 'so' });
    stage.driver.batch(
      ...[entry('', 0x40000100, EntryFlag.initial), entry('', 0x100, EntryFlag.initial)].slice(
        0,
        events,
      ),
    );
    stage.driver.walked();
    await stage.driver.until('the call', () =>
      stage.driver.statuses.includes(events === 1 ? 'running' : 'initsync'),
    );
    stage.driver.finish(0);
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.equal(stage.driver.finished?.exit, 0);
    await stage.driver.end();
  }
});

test(
  'its return value is the exit code of the failed sync; a forked child that returns is no ' +
    'second host',
  async () => {
    load(compile(RECORDER), { mode: 'so' });
    await begin(entry('', 0x40000100, EntryFlag.initial));
    await stage.driver.sync(entry('stray-child', 2));
    await stage.driver.sync(entry('after', 2));
    stage.driver.batch(entry('five', 2));
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.equal(stage.driver.finished?.exit, 5);
  },
);

test('a handler that ends its process with status 0 is a failed sync', async () => {
  load(
    compile(
      '#include <stdlib.h>\n#include <clsync/clsync.h>\nint clsyncapi_sync(int n, ' +
        'api_eventinfo_t *ei) { exit(n + ei->path_len > 99); }',
    ),
    { mode: 'so' },
  );
  stage.driver.batch(entry('', 0x40000100, EntryFlag.initial));
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 1);
});

test('a handler that does not return in time is ended', async () => {
  load(
    compile(
      '#include <unistd.h>\n#include <clsync/clsync.h>\nint clsyncapi_sync(int n, ' +
        'api_eventinfo_t *ei) { sleep(1000); return n + ei->path_len; }',
    ),
    { mode: 'so', timeoutSync: 300 },
  );
  stage.driver.batch(entry('', 0x40000100, EntryFlag.initial));
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 110);
});

test('a handler that writes junk into the channel is a failed sync', async () => {
  for (const junk of ['\\4\\0\\0\\0abcd', '\\377\\377\\377\\177']) {
    const sync =
      'int clsyncapi_sync(int n, api_eventinfo_t *ei) { return n * ei->path_len + (write(4, ' +
      'junk, sizeof junk - 1) < 0) + pause(); }';
    load(compile(`#include <clsync/clsync.h>\nstatic const char junk[] = "${junk}";\n${sync}`), {
      mode: 'so',
    });
    stage.driver.batch(entry('', 0x40000100, EntryFlag.initial));
    stage.driver.walked();
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.ok(stage.driver.log.some((line) => line.includes('broke the protocol')));
    assert.equal(stage.driver.finished?.exit, 143);
    await stage.driver.end();
  }
});

test(
  'a handler without the function of its mode, one that is no shared object, one that others ' +
    'may write: refused',
  async () => {
    const object = compile('int nothing;');
    load(object, { mode: 'so' });
    await stage.driver.until('the error', () => stage.driver.fatal !== undefined);
    assert.ok(stage.driver.log.some((line) => line.includes('does not define clsyncapi_sync')));
    await stage.driver.end();
    writeFileSync(object, 'no object');
    load(object, { mode: 'rsyncso' });
    await stage.driver.until('the error', () => stage.driver.fatal !== undefined);
    await stage.driver.end();
    chmodSync(object, 0o666);
    load(object, { mode: 'so' });
    await stage.driver.until('the error', () => stage.driver.fatal !== undefined);
    assert.match(stage.driver.fatal ?? '', /chmod go-w/);
  },
);
