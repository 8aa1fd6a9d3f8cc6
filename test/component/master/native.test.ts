import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { uidHasProcesses } from '../../../src/master/native.js';

/** Beyond those that daemons choose from. */
const UNUSED = 65_525;

test(
  'a uid is in use as long as a process has it',
  { skip: process.getuid?.() === 0 ? false : 'needs root' },
  async () => {
    assert.equal(uidHasProcesses(0), true);
    assert.equal(uidHasProcesses(UNUSED), false);
    const child = spawn('sleep', ['60'], { uid: UNUSED, gid: UNUSED });
    await once(child, 'spawn');
    assert.equal(uidHasProcesses(UNUSED), true);
    child.kill();
    await once(child, 'exit');
    assert.equal(uidHasProcesses(UNUSED), false);
  },
);
