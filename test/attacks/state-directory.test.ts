/** What is kept for the next start (`--state-dir`) is out of reach for what the daemon runs. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { STATE_FILES } from '../../src/shared/state/files.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsNamespaces } from '../harness/offers.js';
import { needsRoot } from '../harness/user.js';

/** Says what it could do with the files, by their paths and by any descriptor. */
const ATTACK = `#!/bin/sh
for file in "$STATE"/*; do
  (cat "$file") >/dev/null 2>&1 && echo "reads $file"
  [ -e "$file" ] && (: >>"$file") 2>/dev/null && echo "writes $file"
done
(: >"$STATE/new") 2>/dev/null && echo "makes $STATE/new"
for process in self $PPID 1 2 3 4 5 6 7 8 9; do
  for fd in 3 4 5 6 7 8 9 10 11 12; do
    at=/proc/$process/fd/$fd
    case "$(readlink $at 2>/dev/null)" in */state/*) echo "sees $at" ;; esac
    [ -f "$at" ] && (: <>"$at") 2>/dev/null && echo "opens $at"
  done
done
echo done
`;

async function attack(t: TestContext, words: readonly string[]): Promise<string> {
  const base = temporaryDirectory(t);
  const source = subdirectory(base, 'source');
  fs.writeFileSync(join(source, 'file'), '');
  const handler = join(base, 'handler');
  fs.writeFileSync(handler, ATTACK, { mode: 0o755 });
  const state = join(base, 'state');
  const daemon = new Daemon(
    t,
    [
      ...[...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '-Mshell', '-W', source, '-S', handler],
      ...['--state-dir', state, '--handler-env=STATE', '--only-initialsync', ...words, '--', 'x'],
    ],
    { environment: { ...process.env, STATE: state } },
  );
  assert.equal((await daemon.exited).code, 0, daemon.output);
  const sizes = STATE_FILES.map((name) => fs.statSync(join(state, name)).size);
  assert.ok((sizes[0] as number) > 0 && (sizes[1] as number) > 512, 'something is kept');
  return daemon.stdout;
}

const asRoot = { timeout: DEADLINE, skip: needsRoot };

/** Without them a state beneath /tmp is in reach, as a warning says. */
const asRootInViews = { timeout: DEADLINE, skip: needsNamespaces() };

test('a handler neither sees the state nor gets a descriptor of it', asRootInViews, async (t) => {
  assert.equal(await attack(t, []), 'done\n');
});

test(
  'where handlers see the host, Landlock keeps them from changing the state',
  asRoot,
  async (t) => {
    const said = await attack(t, ['--handler-view=host']);
    assert.doesNotMatch(said, /writes|makes|sees|opens/);
    assert.match(said, /done/);
  },
);
