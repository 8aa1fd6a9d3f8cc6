/**
 * The hostile program is contained by the whole sandbox everywhere, and by each single mechanism
 * that docs/CONFINEMENT.md lists for it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Arena } from './arena.js';
import { ALONE, MECHANISMS } from './arena-sandbox.js';
import { claims, GRANTED, GRANTED_ALONE, isContained } from './verdicts.js';
import type { Column } from './verdicts.js';
import { needsWholeSandbox } from '../harness/offers.js';
import { DEADLINE } from '../harness/until.js';

const asRoot = { skip: needsWholeSandbox(), timeout: DEADLINE };
const asUser = fileURLToPath(new URL('arena-user.js', import.meta.url));
/** Probes that do not apply to a role's own process: its descriptors are its own. */
const OWN: readonly string[] = ['stray_descriptors'];
const ALLOWED = { watcher: [...OWN, 'watch_source'], executor: [...OWN, ...GRANTED] } as const;

let arena: Arena;
before(() => {
  if (asRoot.skip === false) arena = new Arena();
});
after(() => arena?.close());

function open(verdicts: ReadonlyMap<string, string>): string[] {
  return [...verdicts].filter(([, verdict]) => !isContained(verdict)).map(([probe]) => probe);
}

/** The probes that the page lists as contained in this column. */
function held(column: Column): string[] {
  return claims()
    .filter(({ cells }) => cells[column] === 'holds')
    .map(({ probe }) => probe);
}

test('the table lists these probes', asRoot, () => {
  assert.deepEqual(new Map(claims().map(({ probe, words }) => [probe, words])), arena.list());
});

test('without any mechanism most probes succeed', asRoot, async () => {
  assert.ok(open(await arena.runFree()).length > 200);
});

test('a handler: everything is contained', asRoot, async () => {
  assert.deepEqual(open(await arena.run(MECHANISMS)), GRANTED);
});

for (const role of ['watcher', 'executor'] as const) {
  test(`the ${role}'s own process: everything is contained`, asRoot, async () => {
    assert.deepEqual(
      open(await arena.runInside(role)).filter((probe) => !ALLOWED[role].includes(probe)),
      [],
    );
  });
}

test("the executor's process in mode mirror: everything is contained", asRoot, async () => {
  const alone = new Arena(ALONE);
  try {
    assert.deepEqual(
      open(await alone.runInside('executor')).filter((probe) => !OWN.includes(probe)),
      GRANTED_ALONE,
    );
  } finally {
    alone.close();
  }
});

test("the master's own process contains what the table says", asRoot, async () => {
  const found = open(await arena.runMaster());
  assert.deepEqual(
    held('master').filter((probe) => found.includes(probe)),
    [],
  );
  assert.ok(held('master').length > 200);
});

for (const mechanism of MECHANISMS) {
  test(`${mechanism} alone contains what the table says`, asRoot, async () => {
    const found = open(await arena.run([mechanism]));
    assert.deepEqual(
      held(mechanism).filter((probe) => found.includes(probe)),
      [],
    );
  });

  test(
    `without ${mechanism}, everything another mechanism contains stays contained`,
    asRoot,
    async () => {
      const found = open(await arena.run(MECHANISMS.filter((other) => other !== mechanism)));
      const others = new Set(MECHANISMS.filter((other) => other !== mechanism).flatMap(held));
      assert.deepEqual(
        found.filter((probe) => others.has(probe)),
        [],
      );
    },
  );
}

test('started by an ordinary user everything is contained too', asRoot, () => {
  const options = { uid: 61300, gid: 61300, cwd: '/', encoding: 'utf8' } as const;
  const verdicts = new Map(
    Object.entries(
      JSON.parse(execFileSync(process.execPath, [asUser], options)) as Record<string, string>,
    ),
  );
  assert.ok(verdicts.size > 200);
  assert.deepEqual(open(verdicts), GRANTED);
});
