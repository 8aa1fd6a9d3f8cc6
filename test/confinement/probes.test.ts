/** The hostile program as a handler: contained by the whole sandbox, and by each mechanism alone that docs/TRUST.md says contains it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FILES } from '../../src/shared/layout.js';
import { Arena, MECHANISMS } from './arena.js';
import type { Mechanism } from './arena.js';

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' };

/** Probe to the mechanisms that contain it alone, from the table in docs/TRUST.md: a probe, then `ids` and the mechanisms, then words. */
function claims(): Map<string, ReadonlySet<string>> {
  const rows = readFileSync(FILES.root + 'docs/TRUST.md', 'utf8').matchAll(/^\| `(\w+)` \|(.*)\|.*\|$/gm);
  const columns = ['ids', ...MECHANISMS];
  return new Map([...rows].map(([, name = '', cells = '']) => [name, new Set(columns.filter((_, index) => cells.split('|')[index]?.trim() === 'holds'))]));
}

const asUser = fileURLToPath(new URL('arena-user.js', import.meta.url));
let arena: Arena;
before(() => {
  if (asRoot.skip === false) arena = new Arena();
});
after(() => arena?.close());

test('the table names every probe', asRoot, async () => {
  assert.deepEqual([...(await arena.run(MECHANISMS)).keys()], [...claims().keys()]);
});

test('everything is contained by the whole sandbox', asRoot, async () => {
  for (const [probe, verdict] of await arena.run(MECHANISMS)) assert.notEqual(verdict, 'open', probe);
});

for (const mechanism of ['ids', ...MECHANISMS] as const) {
  test(`contained by ${mechanism} alone, where the table says so`, asRoot, async () => {
    const verdicts = await arena.run(mechanism === 'ids' ? [] : [mechanism as Mechanism]);
    for (const [probe, holders] of claims()) if (holders.has(mechanism)) assert.notEqual(verdicts.get(probe), 'open', probe);
  });
}

for (const without of MECHANISMS) {
  test(`with all but ${without}, what another mechanism holds stays contained`, asRoot, async () => {
    const verdicts = await arena.run(MECHANISMS.filter((mechanism) => mechanism !== without));
    for (const [probe, holders] of claims()) {
      if ([...holders].some((holder) => holder !== without)) assert.notEqual(verdicts.get(probe), 'open', `${probe} without ${without}`);
    }
  });
}

test('started by an ordinary user everything is contained too', asRoot, () => {
  const options = { uid: 61300, gid: 61300, cwd: '/', encoding: 'utf8' } as const;
  const verdicts = JSON.parse(execFileSync(process.execPath, [asUser], options)) as Record<string, string>;
  assert.ok(Object.keys(verdicts).length > 50);
  assert.deepEqual(Object.entries(verdicts).filter(([, verdict]) => verdict === 'open'), []);
});
