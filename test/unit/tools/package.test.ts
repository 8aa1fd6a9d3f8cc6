import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlClient } from '../../../src/client/control.js';

test('the package exports the control client', async () => {
  const name = 'clsync/control';
  const exported = (await import(name)) as { ControlClient: typeof ControlClient };
  assert.equal(exported.ControlClient, ControlClient);
});
