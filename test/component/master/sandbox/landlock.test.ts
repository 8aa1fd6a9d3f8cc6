/** Which Landlock rights the grants turn into, by version of the kernel's interface. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import { landlockRules } from '../../../../src/master/sandbox/landlock.js';
import type { SandboxSettings } from '../../../../src/master/sandbox/settings.js';
import { settingsFor } from '../../../confinement/arena-sandbox.js';
import { atEnd, subdirectory, temporaryDirectory } from '../../../harness/temporary.js';

const RESOLVE_UNIX = 1n << 16n;
const READ_FILE = 1n << 2n;

test('a socket that is granted, and no other path, can be connected to', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['watched', 'copy']) subdirectory(base, name);
  const socket = join(base, 'socket');
  const server = createServer();
  atEnd(scope, () => void server.close());
  server.listen(socket);
  await once(server, 'listening');
  const settings = settingsFor(base, {
    allow: [{ path: fromText(socket), access: 'list', sockets: true }],
  });
  const choice = { network: false, bare: false, ownView: true };
  const { files, onFiles, rules } = landlockRules('executor', settings, { ...choice, version: 9 });
  assert.equal(files & onFiles & RESOLVE_UNIX, RESOLVE_UNIX);
  assert.deepEqual(
    rules.filter(({ allowed }) => (allowed & RESOLVE_UNIX) !== 0n).map(({ path }) => path),
    [socket],
  );
  const before = landlockRules('executor', settings, { ...choice, version: 8 });
  assert.equal(before.files & RESOLVE_UNIX, 0n);
  assert.ok(before.rules.every(({ allowed }) => (allowed & RESOLVE_UNIX) === 0n));
});

test('the watcher may list the watch directory, and read no file in it', (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['watched', 'copy']) subdirectory(base, name);
  const settings = settingsFor(base, {});
  const choice = { network: false, bare: false, ownView: true, version: 7 };
  const { rules } = landlockRules('watcher', settings, choice);
  const own = rules.filter(({ path }) => path === join(base, 'watched'));
  assert.equal(own.length, 1);
  assert.ok(own.every(({ allowed }) => allowed !== 0n && (allowed & READ_FILE) === 0n));
});

test("the state in a temporary directory that is the host's is out of reach", (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['watched', 'copy']) subdirectory(base, name);
  const temporary = fromText(subdirectory(base, 'temporary'));
  const listed = { listsDirectory: fromText(join(base, 'lists')) };
  const isGranted = (
    state: string,
    ownView: boolean,
    how: Partial<SandboxSettings> = listed,
  ): boolean =>
    landlockRules(
      'executor',
      settingsFor(base, {
        temporaryDirectory: temporary,
        stateDirectory: fromText(state),
        executes: true,
        ...how,
      }),
      { network: false, bare: false, version: 7, ownView },
    ).rules.some(({ path }) => path === temporary);
  assert.equal(isGranted(join(temporary, 'state'), false), false);
  assert.equal(isGranted(join(temporary, 'state'), true), true);
  assert.equal(isGranted(join(base, 'state'), false), true);
  // Lists for handlers need a place; the start warns of what that means.
  assert.equal(isGranted(join(temporary, 'state'), false, {}), true);
});
