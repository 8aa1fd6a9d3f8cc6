/** The process that tells a program where directories are whose file handles it has. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import { MONITORS } from '../../../src/shared/monitors.js';
import { compileFilter } from '../../../src/shared/seccomp/filter.js';
import { RESOLVER_CALLS } from '../../../src/shared/seccomp/resolver.js';
import { needsMounts } from '../../harness/offers.js';
import { DEADLINE } from '../../harness/until.js';
import { launch, specificationOf } from './launcher-harness.js';

const INSIDE = fileURLToPath(new URL('resolver-inside.js', import.meta.url));
/** LANDLOCK_ACCESS_FS_* of the first version. */
const FILES = 0x1fffn;
const { mark } = MONITORS.fanotify;

test(
  'where a directory is, is told beneath the watch directory only',
  {
    skip: needsMounts(),
    timeout: DEADLINE,
  },
  async () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'clsync-resolver-')));
    const [inside, outside] = ['inside', 'outside'].map((name) =>
      mkdtempSync(join(base, name)),
    ) as [string, string];
    try {
      const launched = launch({
        ...specificationOf([]),
        directory: fromText(inside),
        events: {
          descriptor: 40,
          flags: mark?.flags ?? 0,
          mask: mark?.mask ?? 0n,
          directory: fromText(inside),
        },
        resolver: {
          descriptor: 41,
          files: FILES,
          seccomp: compileFilter(RESOLVER_CALLS.rules, { otherwise: RESOLVER_CALLS.otherwise }),
        },
        program: fromText(process.execPath),
        arguments: ['node', INSIDE, '40', '41', inside, outside].map(fromText),
      });
      assert.equal(await launched.started, undefined);
      const { code, output } = await launched.ended;
      assert.equal(code, 0, output);
      // Numbers of `enum whereabouts`.
      assert.deepEqual(JSON.parse(output), {
        itself: '1 ',
        beneath: '1 a/b',
        beside: '2 ',
        renamed: '1 c\n(deleted)/b',
        'moved out': '2 ',
        removed: '3 ',
        unknown: '3 ',
        'no handle': '5 ',
      });
    } finally {
      rmSync(base, { recursive: true });
    }
  },
);
