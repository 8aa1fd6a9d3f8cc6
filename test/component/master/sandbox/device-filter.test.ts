/**
 * `--forbid-devices` with control groups of version 2: the kernel accepts the program, and
 * processes of the group open only the devices it allows.
 */
import assert from 'node:assert/strict';
import { readFileSync, mkdtempSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { filterDevices } from '../../../../src/master/sandbox/cgroup.js';
import { launch, specificationOf } from '../../native/launcher-harness.js';
import type { Launched } from '../../native/launcher-harness.js';
import { DEADLINE } from '../../../harness/until.js';

const mount = readFileSync('/proc/self/mounts', 'latin1')
  .split('\n')
  .map((line) => line.split(' '))
  .find(([, , type]) => type === 'cgroup2')?.[1];
const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : mount === undefined
      ? 'needs control groups of version 2'
      : false;

/** Runs a shell script in the group. */
function run(group: string, script: string): Launched {
  return launch(
    specificationOf([], {
      cgroups: [fromText(group + '/cgroup.procs')],
      program: fromText('/bin/sh'),
      arguments: ['sh', '-c', script].map(fromText),
      environment: [fromText('PATH=/usr/bin:/bin')],
    }),
  );
}

async function opens(group: string, mode: 'read' | 'write', device: string): Promise<boolean> {
  const { started, ended } = run(group, `: ${mode === 'read' ? '<' : '>'}${device}`);
  assert.equal(await started, undefined);
  return (await ended).code === 0;
}

/** Removes the group, which is possible only after its last process is reaped. */
async function remove(group: string): Promise<void> {
  for (;;) {
    try {
      return rmdirSync(group);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
      await sleep(5);
    }
  }
}

test(
  'processes of the group open only the devices of the table',
  { skip, timeout: DEADLINE },
  async (scope) => {
    const group = mkdtempSync(mount + '/clsync-test-');
    scope.after(() => remove(group));
    assert.ok(await opens(group, 'read', '/dev/full'), 'before the filter');
    filterDevices(group);
    for (const device of ['zero', 'random', 'urandom'])
      assert.ok(await opens(group, 'read', '/dev/' + device), device);
    assert.ok(await opens(group, 'write', '/dev/null'));
    assert.ok(!(await opens(group, 'write', '/dev/zero')), 'writes to zero');
    for (const mode of ['read', 'write'] as const)
      assert.ok(!(await opens(group, mode, '/dev/full')), mode);
  },
);

test(
  'device nodes can still be made, as a mirror needs',
  { skip, timeout: DEADLINE },
  async (scope) => {
    const group = mkdtempSync(mount + '/clsync-test-');
    scope.after(() => remove(group));
    filterDevices(group);
    const script =
      'directory=$(mktemp -d) && mknod $directory/full c 1 7; made=$?; rm -r $directory; ' +
      'exit $made';
    assert.equal((await run(group, script).ended).code, 0);
  },
);
