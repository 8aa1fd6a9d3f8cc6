/**
 * No process that a program has started outlives the program, its launcher or the process that
 * asked for it, however it tries to get away.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import type { Namespaces } from '../../../src/shared/specification.js';
import { STEP } from '../../../src/shared/specification-wire.js';
import { needsNamespaces, needsUserNamespaces } from '../../harness/offers.js';
import { ownSleep, sleepers } from '../../harness/sleepers.js';
import { DEADLINE, until } from '../../harness/until.js';
import { launch, specificationOf } from './launcher-harness.js';
import { escaping, KEEPERS } from './launcher-escape.js';

function sleeping(count: number, seconds: string): Promise<void> {
  const pids = (): number[] => sleepers(seconds).map(({ pid }) => pid);
  return until(`${count} of sleep ${seconds}`, () => pids().length === count, {
    every: 5,
    detail: () => pids().join(' '),
  });
}

for (const keeper of ['adoption', 'namespace'] as const) {
  const options = { skip: keeper === 'namespace' && needsNamespaces(), timeout: DEADLINE };
  const [orphan, other] = [ownSleep(), ownSleep()];

  test(
    `${keeper}: the program's exit code arrives and its orphans end with it`,
    options,
    async () => {
      const launched = launch(
        specificationOf([], { ...KEEPERS[keeper], ...escaping(orphan, 'exit 7') }),
      );
      assert.equal(await launched.started, undefined);
      const { code, output } = await launched.ended;
      assert.equal(code, 7);
      assert.equal(output, 'started\n');
      await sleeping(0, orphan);
    },
  );

  test(`${keeper}: SIGTERM ends the program and its orphans`, options, async () => {
    const launched = launch(
      specificationOf([], {
        ...KEEPERS[keeper],
        ...escaping(orphan, `trap "" TERM; sleep ${other}`),
      }),
    );
    await sleeping(1, orphan);
    await sleeping(1, other);
    launched.child.kill('SIGTERM');
    await launched.ended;
    await sleeping(0, orphan);
    await sleeping(0, other);
  });

  test(`${keeper}: so does SIGKILL of the process that started it`, options, async () => {
    const script = fileURLToPath(new URL('launcher-parent.js', import.meta.url));
    const parent = spawn(process.execPath, [script, keeper, orphan], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await sleeping(1, orphan);
    parent.kill('SIGKILL');
    await once(parent, 'close');
    await sleeping(0, orphan);
  });

  test(
    `${keeper}: a step that fails after the fork is reported like any other`,
    options,
    async () => {
      const launched = launch(
        specificationOf([], { ...KEEPERS[keeper], directory: fromText('/proc/absent') }),
      );
      assert.equal((await launched.started)?.step, 'directory');
      assert.equal((await launched.ended).code, 200 + STEP.directory);
    },
  );
}

test(
  'if keeper and program fail alike, one report is read, in words',
  { skip: needsUserNamespaces() },
  async () => {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const namespaces: Namespaces = {
      kinds: ['user', 'pid', 'mount'],
      uidMap: `${uid} ${uid} 1`,
      gidMap: `${gid} ${gid} 1`,
    };
    const launched = launch(
      specificationOf([], { namespaces, keeper: 'namespace', identity: { uid, gid, groups: [] } }),
    ); // setgroups(2) is refused in such a namespace
    const failure = await launched.started;
    assert.deepEqual(
      [failure?.step, failure?.words],
      ['keeper', 'setgroups: Operation not permitted'],
    );
  },
);

test("a leash that is no open descriptor, or the launcher's own, is refused", async () => {
  for (const leash of [3, 50, 0x80000000, 0xfffffff0]) {
    assert.equal(
      (await launch(specificationOf([], { ...KEEPERS.adoption, leash })).started)?.step,
      'keeper',
    );
  }
});
