/** Plug-ins: what they are called with, what they tell, and their end. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FrameReader } from '../../../src/shared/frames.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { deinitCall, rsyncCall } from '../../../src/shared/plugin-protocol.js';
import { until } from '../../harness/until.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';
import { stage, log, compile, load, begin, RECORDER } from './plugin-stage.js';

const MOST_ENDS = 5;

test('so: init, events as the handler documentation has them, log records, deinit', async () => {
  load(compile(RECORDER), { mode: 'so', logLevel: 'debug1' });
  await begin(
    { ...entry('', 0x40000100, EntryFlag.initial), before: 1, after: 3 },
    { ...entry('f', 256, EntryFlag.initial), before: 1, after: 2 },
  );
  await stage.driver.sync(
    { ...entry('a/b', 10), before: 2, after: 2 },
    { ...entry('gone', 512), before: 2, after: 1 },
    { ...entry('d', 0x40000100, EntryFlag.recursive), before: 1, after: 3 },
  );
  stage.driver.finish(1);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(log(), [
    `init nolabel ${stage.scratch.source}/ ${stage.scratch.destination} 0 1`,
    'initsync 1 1073742080 0 1 3 0 []',
    'initsync 1 256 0 1 2 1 [f]',
    'running 3 10 0 2 2 3 [a/b]',
    'running 3 512 0 2 1 4 [gone]',
    'running 3 1073742080 1 1 3 1 [d]',
    'deinit',
  ]);
  assert.ok(stage.driver.log.includes('debug1: handler: clsyncapi_init(): hello 1'));
  assert.ok(!stage.driver.log.some((line) => line.includes('too deep')));
});

test(
  'so, rsyncso: told to end now, the handler hears of it, once its call has returned because ' +
    'what it had started was ended',
  async () => {
    const object = compile(`
#include <stdlib.h>
#include <clsync/clsync.h>
static void note(const char *text) {
	FILE *out = fopen("../log", "a"); fprintf(out, "%s\\n", text); fclose(out);
}
static int wait_for_child(void)
{
	int status;
	pid_t pid = clsyncapi_fork(NULL);
	if (pid == 0) { pause(); _exit(0); }
	note("waiting");
	waitpid(pid, &status, 0);
	return WTERMSIG(status);
}
int clsyncapi_sync(int n, api_eventinfo_t *ei) { (void)ei; return n == 0 ? 0 : wait_for_child(); }
int clsyncapi_rsync(const char *inclist, const char *exclist) {
	return inclist == exclist ? 0 : wait_for_child();
}
int clsyncapi_deinit() { note("deinit"); return 0; }`);
    for (const mode of ['so', 'rsyncso'] as const) {
      // It has a part of a second for both, which a busy machine may take from it.
      for (let ends = 0; ends === 0 || (log().at(-1) === 'waiting' && ends < MOST_ENDS); ends++) {
        load(object, { mode });
        const calls = log().length;
        stage.driver.batch(WHOLE_TREE);
        stage.driver.walked();
        await until('the call', () => log().length > calls);
        stage.driver.finish(0);
        await stage.driver.until('the end', () => stage.driver.finished !== undefined);
        await stage.driver.end();
      }
      assert.equal(log().at(-1), 'deinit', mode);
    }
  },
);

test('a call may arrive in pieces', () => {
  const calls = [
    rsyncCall({ status: 'running', iteration: 2 }, fromText('/a'), undefined),
    deinitCall(),
  ];
  const stream = Buffer.concat(calls);
  for (const size of [1, 3, 7, stream.length]) {
    const reader = new FrameReader(1000);
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size)
      found.push(...reader.read(stream.subarray(at, at + size)));
    assert.deepEqual(
      found,
      calls.map((call) => call.subarray(4)),
    );
  }
});

test('rsyncso: include and exclude lists, the second absent with includes preferred', async () => {
  const source = `
#include <clsync/clsync.h>
int clsyncapi_rsync(const char *inclist, const char *exclist)
{
	FILE *out = fopen("../log", "a"), *in = fopen(inclist, "r");
	int c;
	while ((c = fgetc(in)) != EOF) fputc(c, out);
	fprintf(out, "exclude %s\\n", exclist == NULL ? "none" : "some");
	return fclose(in) | fclose(out);
}`;
  writeFileSync(join(stage.scratch.source, 'f'), '');
  for (const rsyncPreferInclude of [false, true]) {
    load(compile(source), { mode: 'rsyncso', rsyncPreferInclude });
    await begin(rsyncPreferInclude ? entry('f', 256, EntryFlag.initial) : WHOLE_TREE);
    await stage.driver.end();
  }
  assert.deepEqual(log(), ['/***', 'exclude some', '/f', 'exclude none']);
});

test('a module is a handler as well: events, failure by throwing, end', async () => {
  const handler = join(stage.scratch.root, 'handler.mjs');
  writeFileSync(
    handler,
    `import { appendFileSync } from 'node:fs';
     const write = (...words) => appendFileSync('../log', words.join(' ') + '\\n');
     export function init(context) {
       write('init', context.label, context.destination);
       context.log('info', 'hello');
     }
     export async function sync(events) {
       for (const { path, mask, before, after, recursive } of events)
         write(path.toString('hex'), mask, before, after, recursive);
       if (events.some(({ path }) => path.toString() === 'throws'))
         throw new Error('no such thing');
     }
     export function deinit() { write('deinit'); }`,
  );
  load(handler, { mode: 'so' });
  await begin({ ...entry('', 0x40000100, EntryFlag.initial), before: 1, after: 3 });
  await stage.driver.sync({ ...entry('', 2), path: '\xff' as BytePath, before: 2, after: 2 });
  stage.driver.batch(entry('throws', 2));
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(stage.driver.finished?.exit, 1);
  assert.deepEqual(log(), [
    `init nolabel ${stage.scratch.destination}`,
    ' 1073742080 absent directory false',
    'ff 2 file file false',
    `${Buffer.from('throws').toString('hex')} 2 unknown unknown false`,
    'deinit',
  ]);
  assert.ok(stage.driver.log.includes('info: handler: hello'));
  assert.ok(
    stage.driver.log.some((line) => line.startsWith('error: handler: Error: no such thing')),
  );
  assert.deepEqual(
    readdirSync(stage.scratch.root).filter((name) => name.startsWith('clsync-')),
    [],
  );
});
