/** Malformed calls to the plug-in host, built with the address and undefined-behaviour sanitizers; see host.c. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';

const ROUNDS = process.env['CLSYNC_FUZZ_ROUNDS'] ?? '500';
const NATIVE = FILES.root + 'src/native/';
const SANITIZE = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** Reads every byte it is given, so that one beyond the end is noticed. */
const HANDLER = `
#include <clsync/clsync.h>
static size_t touched;
int clsyncapi_sync(int n, api_eventinfo_t *ei) { for (int i = 0; i < n; i++) touched += strlen(ei[i].path) + ei[i].path_len; return (int)touched & 1; }
int clsyncapi_rsync(const char *include, const char *exclude) { touched += (include ? strlen(include) : 0) + (exclude ? strlen(exclude) : 0); return (int)touched & 1; }
`;

let directory: string;

before(() => {
  directory = mkdtempSync('/tmp/clsync-host-');
  writeFileSync(directory + '/handler.c', '#include <string.h>' + HANDLER);
  execFileSync('cc', [`-I${FILES.root}include`, '-fPIC', '-shared', '-o', directory + '/handler.so', directory + '/handler.c'], { stdio: 'inherit' });
  const objects = readdirSync(NATIVE).filter((name) => /^host.*\.c$/.test(name)).map((name) => {
    const object = `${directory}/${name}.o`;
    const renamed = name === 'host.c' ? ['-Dmain=host_main'] : [];
    execFileSync('cc', ['-std=gnu11', '-D_GNU_SOURCE', `-I${FILES.root}include`, ...SANITIZE, ...renamed, '-c', '-o', object, NATIVE + name], { stdio: 'inherit' });
    return object;
  });
  execFileSync('cc', ['-std=gnu11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', ...SANITIZE, '-rdynamic', '-o', directory + '/host', FILES.root + 'test/fuzz/host.c', ...objects, '-ldl'], { stdio: 'inherit' });
});
after(() => rmSync(directory, { recursive: true, force: true }));

for (const seed of [1, 2]) {
  test(`calls that are malformed, seed ${seed}`, () => {
    const env = { ASAN_OPTIONS: 'exitcode=99:detect_leaks=0:allocator_may_return_null=1', UBSAN_OPTIONS: 'exitcode=99' };
    const { status, signal, stderr } = spawnSync(directory + '/host', [directory + '/handler.so', String(seed), ROUNDS], { encoding: 'utf8', env });
    assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
  });
}
