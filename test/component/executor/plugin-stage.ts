/** Handlers loaded as plug-ins: compiled, begun, and what they wrote down. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import type { Entry } from '../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Driver, Stage } from './driver.js';

export const stage = new Stage();

/** The lines that the handlers of these tests have written. */
export function log(): string[] {
  const file = join(stage.scratch.root, 'log');
  return existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : [];
}

export function compile(source: string): string {
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

export function load(handler: string, changes: Partial<ExecutorSettings>): void {
  stage.driver = new Driver(stage.scratch.settings({ handler: fromText(handler), ...changes }));
}

export async function begin(...entries: Entry[]): Promise<void> {
  stage.driver.batch(...entries);
  stage.driver.walked();
  await stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
}

export const RECORDER = `
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
