/**
 * Handlers of the C program compiled with the headers of its Debian packages find every member at
 * its place.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { FILES } from '../../../src/shared/layout.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { Driver } from './driver.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';
import { Scratch } from '../../harness/scratch.js';

/** A header of the package libclsync-dev. */
const PACKAGED = '/usr/include/clsync/ctx.h';
/** The examples of the package clsync. */
const EXAMPLES = '/usr/share/doc/clsync/examples';
const OURS = `${FILES.root}include`;

const missing = [PACKAGED, EXAMPLES].find((path) => !existsSync(path));
const skip = missing === undefined ? false : `${missing} is not installed`;

/**
 * Compiler options for each set of headers. The packages lack a header that their examples include,
 * so our headers come after them.
 */
const HEADERS = { ours: [`-I${OURS}`], packaged: ['-idirafter', OURS] } as const;

const MEMBERS = [
  'state',
  'pid',
  'iteration_num',
  'flags',
  'label',
  'watchdir',
  'destdir',
  'watchdirwslash',
  'destdirwslash',
  'watchdirlen',
  'destdirlen',
  'watchdirsize',
  'destdirsize',
  'watchdirwslashsize',
  'destdirwslashsize',
  'handlerfpath',
];
const EVENT = ['evmask', 'flags', 'path_len', 'path', 'objtype_old', 'objtype_new'];
const VALUES = [
  'CLSYNC_API_VERSION',
  'DEBUG',
  'THREADING',
  'HAVERECURSIVESYNC',
  'RSYNCPREFERINCLUDE',
  'EVIF_RECURSIVELY',
  'EOT_DOESNTEXIST',
  'EOT_FILE',
  'EOT_DIR',
  'ALLOC_PORTION',
];

/** The offsets of the members and the values of the names. */
function layout(scope: TestContext, headers: readonly string[]): string {
  const base = temporaryDirectory(scope);
  const place =
    (type: string) =>
    (member: string): string =>
      `{ "${type}.${member}", offsetof(struct ${type}, ${member}), sizeof(((struct ${type} ` +
      `*)0)->${member}) }`;
  writeFileSync(
    join(base, 'layout.c'),
    `
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <clsync/clsync.h>
#include <clsync/configuration.h>
#include <clsync/ctx.h>
static const struct { const char *name; long one; long other; } all[] = {
	${[
    ...MEMBERS.map(place('ctx')),
    ...EVENT.map(place('api_eventinfo')),
    ...VALUES.map((name) => `{ "${name}", ${name}, 0 }`),
    '{ "ctx", sizeof(struct ctx), 0 }',
  ].join(',\n\t')}
};
int main(void)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		printf("%s %ld %ld\\n", all[i].name, all[i].one, all[i].other);
}`,
  );
  execFileSync('cc', ['-o', join(base, 'layout'), ...headers, join(base, 'layout.c')]);
  return execFileSync(join(base, 'layout'), { encoding: 'utf8' });
}

test('our headers and the packaged ones have the same offsets and values', { skip }, (scope) => {
  assert.equal(layout(scope, HEADERS.ours), layout(scope, HEADERS.packaged));
});

for (const [whose, headers] of Object.entries(HEADERS)) {
  for (const mode of ['so', 'rsyncso'] as const) {
    test(
      `the C program's example for mode ${mode}, compiled with ` +
        `${whose === 'ours' ? 'our' : 'the packaged'} headers, mirrors`,
      { skip },
      async (scope) => {
        const scratch = new Scratch();
        scope.after(() => scratch.remove());
        const object = join(scratch.root, 'handler.so');
        execFileSync('cc', [
          '-w',
          '-fPIC',
          '-shared',
          '-o',
          object,
          ...headers,
          `${EXAMPLES}/clsync-synchandler-${mode}.c`,
        ]);
        writeFileSync(join(scratch.source, 'file'), mode);
        const driver = new Driver(scratch.settings({ handler: fromText(object), mode }));
        scope.after(() => driver.end());
        driver.batch(
          ...(mode === 'so'
            ? [entry('', 0x40000100, EntryFlag.initial), entry('file', 256, EntryFlag.initial)]
            : [WHOLE_TREE]),
        );
        driver.walked();
        await driver.until('the initial sync', () => driver.statuses.includes('running'));
        assert.equal(readFileSync(join(scratch.destination, 'file'), 'utf8'), mode);
      },
    );
  }
}

test(
  'the functions of the packaged headers exist: allocation, records of every level, and the ' +
    'end after a critical one',
  { skip },
  async (scope) => {
    const scratch = new Scratch();
    scope.after(() => scratch.remove());
    const object = join(scratch.root, 'handler.so');
    writeFileSync(
      join(scratch.root, 'handler.c'),
      `
#define _DEBUG_SUPPORT
#include <errno.h>
#include <clsync/clsync.h>
#include <clsync/error.h>
#include <clsync/malloc.h>
int clsyncapi_init(struct ctx *ctx_p, struct indexes *indexes_p)
{
	char *all[] = { xmalloc(4), xcalloc(1, 4), xrealloc(0, 4),
		shm_malloc(4), shm_malloc_try(4), shm_calloc(1, 4) };
	(void)ctx_p; (void)indexes_p;
	for (int i = 0; i < 6; i++) { xstrncpy(all[i], "abcdef", 4); debug(1, "%s", all[i]); }
	shm_free(all[3]);
	errno = 0;
	error("bad");
	warning("odd");
	info("so");
	return clsyncapi_getapiversion() == CLSYNC_API_VERSION ? 0 : 1;
}
int clsyncapi_sync(int n, api_eventinfo_t *ei) {
	(void)n; (void)ei; errno = EROFS; critical("no"); return 0;
}`,
    );
    execFileSync('cc', [
      '-w',
      '-fPIC',
      '-shared',
      '-o',
      object,
      ...HEADERS.packaged,
      join(scratch.root, 'handler.c'),
    ]);
    const driver = new Driver(
      scratch.settings({ handler: fromText(object), mode: 'so', logLevel: 'debug1' }),
    );
    scope.after(() => driver.end());
    driver.batch(WHOLE_TREE);
    driver.walked();
    await driver.until('the end', () => driver.finished !== undefined);
    assert.equal(driver.finished?.exit, 30);
    const said = driver.log
      .filter((line) => line.includes('clsyncapi_'))
      .map((line) => line.replace('handler: clsyncapi_', ''));
    assert.deepEqual(said, [
      ...Array.from({ length: 6 }, () => 'debug1: init(): abc'),
      'error: init(): bad',
      'warning: init(): odd',
      'info: init(): so',
      'error: sync(): no: Read-only file system',
    ]);
  },
);
