/** The example start scripts of the C program's package (README, section 6) run unmodified. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needs } from '../harness/programs.js';
import { isRoot } from '../harness/user.js';
import { Stage, VARIANTS, listing, patienceWith, withTries } from './stage.js';
import { DEADLINE } from '../harness/until.js';

const EXAMPLES = '/usr/share/doc/clsync/examples';

interface Script {
  readonly name: string;
  /** Makes changes beneath testdir/from while the program runs; testdir/to must then hold them. */
  readonly change: (from: string) => void;
  readonly expected: readonly string[];
  readonly originalFails?: string;
  readonly widened?: readonly string[];
}

const NO_HEADER = "the package's headers lack one that its example includes";

/** The rules of every script refuse the directory DontSync. */
function makeTree(from: string): void {
  fs.mkdirSync(join(from, 'DontSync'));
  fs.writeFileSync(join(from, 'DontSync/secret'), 'x');
  fs.mkdirSync(join(from, 'directory'));
  fs.writeFileSync(join(from, 'directory/file'), 'content');
}
const TREE = ['directory/', 'directory/file: content', 'first: 1'];

const SCRIPTS: readonly Script[] = [
  { name: 'clsync-start-rsyncdirect.sh', change: makeTree, expected: TREE },
  {
    name: 'clsync-start-rsyncshell.sh',
    change: makeTree,
    expected: TREE,
    // The handler writes to a directory that only its script names.
    widened: ['--handler-allow', '$base/examples/testdir/to:rw'],
  },
  { name: 'clsync-start-rsyncso.sh', change: makeTree, expected: TREE, originalFails: NO_HEADER },
  {
    // The script's handler copies with cp, without directories.
    name: 'clsync-start-so.sh',
    change: (from) => fs.writeFileSync(join(from, 'second'), '2'),
    expected: ['first: 1', 'second: 2'],
    originalFails: NO_HEADER,
  },
];

for (const script of SCRIPTS) {
  for (const variant of VARIANTS) {
    const fails = variant === 'original' ? script.originalFails : undefined;
    const absent = fs.existsSync(EXAMPLES) ? false : `no ${EXAMPLES}`;
    const skip =
      absent || (variant === 'original' && needs('original')) || (isRoot ? false : 'needs root');
    test(
      `${script.name}, ${variant}${fails ? `: ${fails}` : ''}`,
      { skip, timeout: DEADLINE },
      (scope) =>
        withTries(variant, async () => {
          const headers =
            variant === 'original' ? '' : `export CPATH=${join(FILES.root, 'include')}; `;
          const stage = new Stage(
            scope,
            variant,
            `${headers}cd examples && ./${script.name}`,
            script.widened ?? [],
            (base) => {
              fs.cpSync(EXAMPLES, join(base, 'examples'), { recursive: true });
              fs.mkdirSync(join(base, 'examples/testdir/from'), { recursive: true });
              fs.writeFileSync(join(base, 'examples/testdir/from/first'), '1');
            },
          );
          const { daemon, base } = stage;
          if (fails !== undefined) {
            assert.notEqual((await daemon.exited).code, 0);
            return;
          }
          const becomes = (wanted: readonly string[]): Promise<void> =>
            daemon.until(
              'the effect',
              () =>
                JSON.stringify(listing(join(base, 'examples/testdir/to'))) ===
                JSON.stringify(wanted),
              {
                timeout: patienceWith(variant),
                detail: () =>
                  `wanted ${wanted.join(', ')}; has ` +
                  listing(join(base, 'examples/testdir/to')).join(', '),
              },
            );
          await becomes(['first: 1']);
          script.change(join(base, 'examples/testdir/from'));
          await becomes(script.expected);
          await stage.stop();
          assert.deepEqual(await daemon.exited, { code: 0, signal: null }, daemon.output);
        }),
    );
  }
}
