/** Several destinations: the executor of each has ids and a view of its own. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { specifyRole } from '../../src/master/sandbox/launch.js';
import { crewOf } from '../../src/master/sandbox/roles.js';
import type { Member } from '../../src/master/sandbox/roles.js';
import { decideSandbox } from '../../src/master/sandbox/plan.js';
import { launch } from '../component/native/launcher-harness.js';
import { needsNamespaces } from '../harness/offers.js';
import { settingsFor } from './arena-sandbox.js';

/** Without a view, times can be set: Landlock does not govern them. */
const inViews = { skip: needsNamespaces() };

test('an executor writes to its own destination, and to no other', inViews, async (scope) => {
  const directory = mkdtempSync('/var/tmp/clsync-several-');
  scope.after(() => rmSync(directory, { recursive: true }));
  for (const name of ['watched', 'copy', 'other']) mkdirSync(`${directory}/${name}`);
  const other = { destination: fromText(`${directory}/other`) };
  const sandbox = decideSandbox(settingsFor(directory, {}), undefined, [
    settingsFor(directory, other),
  ]);
  const executors = [sandbox, ...sandbox.others];
  for (const { copies } of executors) {
    copies?.lay();
    scope.after(() => copies?.close());
  }
  const uids = [
    sandbox.watcher.identity?.uid,
    sandbox.master?.uid,
    ...executors.map(({ executor }) => executor.identity?.uid),
  ];
  assert.equal(new Set(uids).size, 4);
  assert.ok(!uids.includes(undefined));
  for (const [index, name] of ['copy', 'other'].entries())
    chownSync(`${directory}/${name}`, uids[2 + index] as number, 0);
  const touch = async (member: Member, path: string): Promise<number | null> => {
    const { leash, ...specification } = specifyRole(member, sandbox);
    const words = ['/usr/bin/touch', `${directory}/${path}`].map(fromText);
    const launched = launch({
      ...specification,
      descriptors: [0, 1, 2],
      program: words[0] ?? fromText(''),
      arguments: words,
    });
    assert.equal(await launched.started, undefined);
    return (await launched.ended).code;
  };
  const [one, second] = crewOf(2) as [Member, Member];
  assert.deepEqual(
    [
      await touch(one, 'copy/file'),
      await touch(one, 'other/file'),
      await touch(second, 'other/file'),
      await touch(second, 'copy/file'),
      await touch(second, 'watched/file'),
    ],
    [0, 1, 0, 1, 1],
  );
});
