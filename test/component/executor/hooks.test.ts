/** The status that hooks and handlers find in the status file, and how the daemon is to end. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Driver, Stage } from './driver.js';
import { WHOLE_TREE } from '../../harness/entries.js';

const stage = new Stage();

/** A program that records its arguments and the status file, and exits with `exit`. */
function program(name: string, exit: number): BytePath {
  const path = join(stage.scratch.root, name);
  writeFileSync(
    path,
    `#!/bin/sh\necho ${name} "$CLSYNC_STATUS" "$CLSYNC_EXIT_STATUS" ` +
      `>>'${join(stage.scratch.root, 'log')}'\nexit ${exit}\n`,
    { mode: 0o755 },
  );
  return fromText(path);
}

function log(): string[] {
  const file = join(stage.scratch.root, 'log');
  return existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : [];
}

function begin(changes: Partial<ExecutorSettings>): void {
  stage.driver = new Driver(
    stage.scratch.settings({ mode: 'direct', handlerArguments: [], ...changes }),
  );
  stage.driver.batch(WHOLE_TREE);
  stage.driver.walked();
}

/** Milliseconds: longer than a program needs to read the file. */
const SLOW = 200;

test(
  'a program finds in the status file what it is started for, however slow that is to be ' +
    'written',
  async () => {
    const reads = (name: string): BytePath => {
      const path = join(stage.scratch.root, name);
      writeFileSync(
        path,
        `#!/bin/sh\necho ${name} "$CLSYNC_STATUS" $(cat ` +
          `'${join(stage.scratch.root, 'status')}') >>'${join(stage.scratch.root, 'log')}'\n`,
        { mode: 0o755 },
      );
      return fromText(path);
    };
    begin({
      handler: reads('handler'),
      preExitHook: reads('before'),
      exitHook: reads('after'),
      awaitStatus: true,
      exitOnNoEvents: true,
    });
    stage.driver.onStatus = (status) =>
      void setTimeout(() => {
        writeFileSync(join(stage.scratch.root, 'status'), status);
        stage.driver.statusKnown();
      }, SLOW);
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.deepEqual(log(), [
      'handler initsync initsync',
      'before preexit preexit',
      'after exiting exiting',
    ]);
  },
);

const ENDS: readonly {
  readonly what: string;
  readonly handler: number;
  readonly before: number;
  readonly after: number;
  readonly exit: number;
  readonly told: number;
}[] = [
  { what: 'all is well', handler: 0, before: 0, after: 0, exit: 0, told: 0 },
  { what: 'the pre-exit hook fails', handler: 0, before: 7, after: 0, exit: 7, told: 7 },
  { what: 'the exit hook fails', handler: 0, before: 0, after: 9, exit: 9, told: 0 },
  { what: 'both hooks fail', handler: 0, before: 7, after: 9, exit: 7, told: 7 },
];
for (const { what, handler, before, after, exit, told } of ENDS) {
  test(`${what}: the daemon ends with ${exit}, and the exit hook is told ${told}`, async () => {
    begin({
      handler: program('handler', handler),
      preExitHook: program('before', before),
      exitHook: program('after', after),
      exitOnNoEvents: true,
    });
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.deepEqual(log(), ['handler initsync ', 'before preexit ', `after exiting ${told}`]);
    assert.equal(stage.driver.finished?.exit, exit);
    assert.equal(
      stage.driver.log.filter((line) => line.startsWith('error: hook')).length,
      Number(before !== 0) + Number(after !== 0),
    );
  });
}
