/** What the watcher does without: memory that becomes executable. Node that compiles code needs it, Node that interprets does not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { ROLES } from '../../src/master/sandbox/roles.js';

/** Then, where Node compiles, a function of WebAssembly, for which there is no memory yet. */
const SCRIPT = `
  const known = require(${JSON.stringify(FILES.addon)}).denyExecutableMemory();
  const code = Buffer.from('0061736d01000000010401600000030201000705010166' + '00000a040102000b', 'hex');
  if (known && typeof WebAssembly !== 'undefined') new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();
  process.stdout.write(known ? 'denied' : 'unknown');
`;

const run = (options: readonly string[]) => spawnSync(process.execPath, [...options, '-e', SCRIPT], { encoding: 'utf8' });

test('the watcher runs without it', () => {
  const { status, stdout } = run(ROLES.watcher.nodeOptions);
  assert.equal(status, 0);
  assert.match(stdout, /denied|unknown/);
});

test('code that is compiled then is not executed', (scope) => {
  const { status, stdout } = run([]);
  if (stdout === 'unknown') return scope.skip('needs Linux 6.3');
  assert.notEqual(status, 0);
});
