/** Attributes in mode mirror of a daemon that has no privileges. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { BeyondNode } from '../harness/beyond-node.js';
import { Mirror } from '../harness/mirror.js';
import { DEADLINE } from '../harness/until.js';
import { ORDINARY_USER, needsRoot } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE, skip: needsRoot };

/** Each entry of an access list as tag, permissions and number, see acl(5); or sets them. */
const ACCESS = `
import os, struct, sys
name = 'system.posix_acl_access'
if len(sys.argv) > 2:
    rows = [tuple(map(int, row.split(':'))) for row in sys.argv[2:]]
    value = struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *row) for row in rows)
    os.setxattr(sys.argv[1], name, value)
else:
    value = os.getxattr(sys.argv[1], name)[4:]
    print(' '.join('%d:%d:%d' % row for row in struct.iter_unpack('<HHi', value)))
`;

function access(...words: readonly string[]): string {
  return execFileSync('python3', ['-c', ACCESS, ...words], { encoding: 'latin1' }).trim();
}

test(
  "of an access list, a user's daemon keeps the entries for whom it knows, and the mask",
  LIMIT,
  async (scope) => {
    const mirror = new Mirror(scope, {
      user: ORDINARY_USER,
      options: ['-Mmirror', '--only-initialsync'],
      prepare: (source) => {
        fs.writeFileSync(`${source}/f`, 'f');
        access(`${source}/f`, '1:6:-1', '2:7:1000', '4:4:-1', '16:7:-1', '32:4:-1');
      },
    });
    const { source, destination, daemon } = mirror;
    assert.deepEqual(await daemon.exited, { code: 0, signal: null }, daemon.output);
    assert.doesNotMatch(daemon.output, /cannot/);
    // Without a user namespace of its own it knows all numbers.
    const known = access(`${destination}/f`);
    assert.ok(['1:6:-1 4:4:-1 16:7:-1 32:4:-1', access(`${source}/f`)].includes(known), known);
  },
);

test('attributes of files that their owner may not write are kept equal', LIMIT, async (scope) => {
  const names = ['plain', 'listed'];
  const beyond = new BeyondNode(BeyondNode.compile(scope));
  const mirror = new Mirror(scope, {
    user: ORDINARY_USER,
    options: ['-Mmirror'],
    compare: { attributes: beyond },
    prepare: (source) => {
      for (const name of names) fs.writeFileSync(`${source}/${name}`, name, { mode: 0o400 });
      // Its mode remains as it is.
      access(`${source}/listed`, '1:4:-1', '2:0:5', '4:0:-1', '16:0:-1', '32:0:-1');
    },
  });
  await mirror.equal();
  for (const change of [['set', '01'], ['set', '02'], ['remove']]) {
    for (const name of names) {
      const words = [change[0], `${mirror.source}/${name}`, 'user.one', change[1]];
      // By root, who may write.
      assert.ok(beyond.run(...words.filter((word) => word !== undefined).map(fromText)));
    }
    await mirror.equal();
  }
  assert.doesNotMatch(mirror.daemon.output, /cannot/);
});
