import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedPaths } from '../../../../../src/executor/intake/refused.js';
import type { Opened } from '../../../../../src/executor/modes/mirror/opened.js';
import { Verifier } from '../../../../../src/executor/modes/mirror/verify.js';
import type { MirrorFinding, MirrorRow } from '../../../../../src/executor/modes/mirror/wire.js';
import { verify } from '../../../../../src/executor/verification.js';
import type { Channel } from '../../../../../src/shared/channel.js';
import { ROOT, fromText } from '../../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../../src/shared/bytes.js';
import { Scratch } from '../../../../harness/scratch.js';

const differs = (path: string): MirrorFinding => ({
  kind: 'differs',
  row: 0,
  path: fromText(path),
  what: ['missing'],
  source: undefined,
  destination: undefined,
});

/** What a comparison is told with, whose runs find this, one after the other. */
async function verified(repair: boolean, ...found: readonly (readonly MirrorFinding[])[]) {
  const asked: (BytePath | undefined)[][] = [];
  const runs = {
    run: ({ rows }: { rows: readonly MirrorRow[] }) => {
      asked.push(rows.map(({ path }) => path));
      return Promise.resolve({ findings: found[asked.length - 1] ?? [] });
    },
  };
  const scratch = new Scratch();
  const settings = scratch.settings();
  scratch.remove();
  const verifier = new Verifier({ settings: () => settings, refused: new RefusedPaths([]) });
  const how = { checksum: true, repair };
  const mode = { verify: () => verifier.verify({ runs } as unknown as Opened, how, [ROOT]) };
  const said: string[] = [];
  let exit: number | undefined;
  const master = {
    send: (name: string, payload: { exit?: number }) => {
      if (name === 'finished') exit = payload.exit;
      return true;
    },
    drained: () => Promise.resolve(),
  };
  await verify(mode as never, how, master as unknown as Channel, (level, text) =>
    said.push(`${level}: ${text}`),
  );
  return { asked, exit, said };
}

test('what is made equal with a directory above is not made equal beside it', async () => {
  const { asked, exit } = await verified(true, [differs('d'), differs('d/in/f'), differs('e')]);
  assert.deepEqual(asked, [[ROOT], ['d', 'e'], [ROOT]]);
  assert.equal(exit, 0);
});

for (const repair of [false, true])
  test(`what changes all the time is said, and differs: ${repair}`, async () => {
    const changed: MirrorFinding = { kind: 'changed', row: 0, path: fromText('f') };
    const { exit, said } = await verified(repair, [changed], []);
    assert.equal(exit, 1);
    assert.deepEqual(said, ['warning: "f" changes while it is compared: it counts as different']);
  });
