import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FrameReader } from '../../../src/shared/frames.js';
import { FILES } from '../../../src/shared/layout.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Entry } from '../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { deinitCall, rsyncCall } from '../../../src/shared/plugin-protocol.js';
import { until } from '../../harness/until.js';
import { Driver, Stage } from './driver.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';

const stage = new Stage();

/** The lines that the handlers of these tests have written. */
function log(): string[] {
  const file = join(stage.scratch.root, 'log');
  return existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : [];
}

function compile(source: string): string {
  const object = join(stage.scratch.root, 'handler.so');
  writeFileSync(join(stage.scratch.root, 'handler.c'), source);
  execFileSync('cc', [
    '-Wall',
    '-Werror',
    `-I${FILES.root}include`,
    '-fPIC',
    '-shared',
    '-o',
    object,
    join(stage.scratch.root, 'handler.c'),
  ]);
  return object;
}

function load(handler: string, changes: Partial<ExecutorSettings>): void {
  stage.driver = new Driver(stage.scratch.settings({ handler: fromText(handler), ...changes }));
}

async function begin(...entries: Entry[]): Promise<void> {
  stage.driver.batch(...entries);
  stage.driver.walked();
  await stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
}

const RECORDER = `
#include <stdlib.h>
#include <clsync/clsync.h>
#include <clsync/ctx.h>
#include <clsync/error.h>
static FILE *out;
int clsyncapi_init(struct ctx *ctx_p, struct indexes *indexes_p)
{
	out = fopen("../log", "a");
	fprintf(out, "init %s %s %s %d %d\\n", ctx_p->label, ctx_p->watchdirwslash, ctx_p->destdir,
		ctx_p->flags[THREADING], clsyncapi_getapiversion() == CLSYNC_API_VERSION);
	fflush(out);
	debug(1, "hello %d", 1);
	debug(5, "too deep");
	return 0;
}
int clsyncapi_sync(int n, api_eventinfo_t *ei)
{
	for (int i = 0; i < n; i++)
		fprintf(out, "%s %s %u %u %d %d %zu [%s]\\n", getenv("CLSYNC_STATUS"), getenv("CLSYNC_ITERATION"),
			ei[i].evmask, ei[i].flags, ei[i].objtype_old, ei[i].objtype_new, ei[i].path_len, ei[i].path);
	fflush(out);
	for (int i = 0; i < n; i++)
		if (strcmp(ei[i].path, "crash") == 0 && access("../crashed", F_OK) != 0) {
			fclose(fopen("../crashed", "w"));
			abort();
		}
		else if (strcmp(ei[i].path, "five") == 0)
			return 5;
		else if (strcmp(ei[i].path, "stray-child") == 0 && clsyncapi_fork(NULL) == 0)
			return 9;
	return 0;
}
int clsyncapi_deinit()
{
	fprintf(out, "deinit\\n");
	return fclose(out);
}
`;

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

test('a handler that crashes is a failed sync, tried again in a new process', async () => {
  load(compile(RECORDER), { mode: 'so', retries: 0 });
  await begin(entry('', 0x40000100, EntryFlag.initial));
  await stage.driver.sync(entry('crash', 2));
  assert.ok(stage.driver.log.some((line) => line.includes('killed by SIGABRT')));
  assert.equal(log().filter((line) => line.startsWith('init ')).length, 2);
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
      load(object, { mode });
      stage.driver.batch(WHOLE_TREE);
      stage.driver.walked();
      await until('the call', () => log().at(-1) === 'waiting');
      stage.driver.finish(0);
      await stage.driver.until('the end', () => stage.driver.finished !== undefined);
      assert.equal(log().at(-1), 'deinit', mode);
      await stage.driver.end();
    }
  },
);

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
