/**
 * A failed path is tried again and does not delay the others. Uses real programs; a script takes
 * rsync's place where it is to fail.
 */
import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Driver, Stage } from './driver.js';
import { WHOLE_TREE, entry } from '../../harness/entries.js';

const MODIFIED = 2;
const HOUR = 3_600_000;

const stage = new Stage();

/** Settings with a script in place of rsync. */
function program(script: string): Partial<ExecutorSettings> {
  const path = join(stage.scratch.root, 'rsync');
  writeFileSync(path, `#!/bin/sh\ncd '${stage.scratch.root}'\n${script}\n`, { mode: 0o755 });
  return { handler: fromText(path) };
}

/** rsync, except while the file `down` exists, which holds commands to run instead. */
const UNSTEADY = '[ -e down ] && . ./down\nexec rsync "$@"';

function start(changes: Partial<ExecutorSettings>): void {
  const { retries: _, ...notGiven } = stage.scratch.settings();
  stage.driver = new Driver({ ...notGiven, ...changes });
}

function write(name: string, text = name): void {
  writeFileSync(join(stage.scratch.source, name), text);
}

const copied = (name: string): string =>
  existsSync(join(stage.scratch.destination, name))
    ? readFileSync(join(stage.scratch.destination, name), 'utf8')
    : '';
const triesSaid = (): number =>
  stage.driver.log.filter((line) => line.includes('trying again in')).length;

for (const [what, script] of Object.entries({
  'socket error 10': 'exit 10',
  'broken connection 12': 'exit 12',
  'time-out 30': 'exit 30',
  'ssh 255': 'exit 255',
  'a signal': 'kill -KILL $$',
})) {
  test(`an outage (${what}) later does not end the daemon; signal 16 ends the delay`, async () => {
    start({ ...program(UNSTEADY), delaySync: HOUR });
    await stage.driver.begin();
    writeFileSync(join(stage.scratch.root, 'down'), script);
    write('f');
    stage.driver.interrupt();
    stage.driver.batch(entry('f', MODIFIED));
    stage.driver.interrupt();
    await stage.driver.until('the failure', () => triesSaid() === 1);
    stage.driver.interrupt();
    await stage.driver.until('another failure', () => triesSaid() === 2);
    rmSync(join(stage.scratch.root, 'down'));
    stage.driver.interrupt();
    await stage.driver.until('the file', () => copied('f') === 'f');
    assert.equal(stage.driver.finished, undefined);
  });
}

test('the initial sync is tried once, whatever fails', async () => {
  start(program('exit 10'));
  stage.driver.batch(WHOLE_TREE);
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(stage.driver.finished, { exit: 10, text: 'exit code 10' });
});

test('the configured number of tries applies to outages too', async () => {
  start({ ...program(UNSTEADY), retries: 2 });
  await stage.driver.begin();
  writeFileSync(join(stage.scratch.root, 'down'), 'exit 12');
  write('f');
  stage.driver.batch(entry('f', MODIFIED));
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual([stage.driver.finished?.exit, triesSaid()], [12, 1]);
});

test('a full sync ends the delay', async () => {
  start({ ...program(UNSTEADY), delaySync: HOUR });
  await stage.driver.begin();
  writeFileSync(join(stage.scratch.root, 'down'), 'exit 10');
  write('f');
  stage.driver.interrupt();
  stage.driver.batch(entry('f', MODIFIED));
  stage.driver.interrupt();
  await stage.driver.until('the failure', () => triesSaid() === 1);
  rmSync(join(stage.scratch.root, 'down'));
  stage.driver.batch(WHOLE_TREE);
  stage.driver.interrupt();
  await stage.driver.until('the file', () => copied('f') === 'f');
});

test('a destination that can be written again is noticed before the delay is over', async () => {
  start({ retries: 0, delaySync: HOUR });
  await stage.driver.begin();
  renameSync(stage.scratch.destination, `${stage.scratch.destination}.away`);
  writeFileSync(stage.scratch.destination, 'no directory');
  write('f');
  stage.driver.interrupt();
  stage.driver.batch(entry('f', MODIFIED));
  stage.driver.interrupt();
  await stage.driver.until('the failure', () => triesSaid() === 1);
  rmSync(stage.scratch.destination);
  renameSync(`${stage.scratch.destination}.away`, stage.scratch.destination);
  await stage.driver.until('the file', () => copied('f') === 'f');
});

/** Fails, as rsync does for one file, when its list contains `bad`. */
const CHOOSY =
  'list=list.$$\ncat >$list\nprintf "%s\\n" "$(tr "\\0" " " <$list)" >>calls\n' +
  'grep -q bad $list && { [ -e told ] && cat told >&2; [ -e bad ] && exit 23; }\nexit 0';

async function failOne(told: string | undefined, names: readonly string[]): Promise<void> {
  start({ ...program(CHOOSY), delaySync: 0 });
  await stage.driver.begin();
  for (const name of names) write(name);
  writeFileSync(join(stage.scratch.root, 'bad'), '');
  if (told !== undefined) writeFileSync(join(stage.scratch.root, 'told'), told);
  stage.driver.batch(...names.map((name) => entry(name, MODIFIED)));
}

const NAMES = ['a', 'b', 'bad', 'c', 'd', 'e', 'f', 'g'];
const settled = (): number =>
  stage.driver.synced.filter(({ initial }) => !initial).reduce((sum, { paths }) => sum + paths, 0);

for (const [what, told, calls] of [
  [
    'which it names',
    'rsync: [receiver] rename "/any/where/.bad.AbCdEf" -> "bad": Operation not permitted (1)\n',
    2,
  ],
  ['which it does not name', undefined, 7],
] as const) {
  test(
    `a file that fails, ${what}, is found, set apart and tried again by itself; the others ` +
      'are synced',
    async () => {
      await failOne(told, NAMES);
      await stage.driver.until('the others', () => settled() === NAMES.length - 1);
      await stage.driver.until('it to be said', () =>
        stage.driver.log.some((line) => line.startsWith('error: cannot sync "bad" (exit code 23)')),
      );
      await stage.driver.until('the count', () => stage.driver.backlog.failing === 1);
      const lists = readFileSync(join(stage.scratch.root, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('./'))
        // Where the stage is slow, the first call may be repeated as one that a change disturbed.
        .filter((line, index, all) => index === 0 || line === './bad ' || line !== all[index - 1]);
      assert.ok(
        lists.length >= calls && lists.slice(calls).every((list) => list === './bad '),
        lists.join('\n'),
      );
      rmSync(join(stage.scratch.root, 'bad'));
      stage.driver.interrupt();
      await stage.driver.until('the last', () => settled() === NAMES.length);
      assert.equal(stage.driver.finished, undefined);
    },
  );
}

test('a failing path does not end the daemon, whatever number of tries is configured', async () => {
  const { retries: _, ...notGiven } = stage.scratch.settings();
  stage.driver = new Driver({ ...notGiven, ...program(CHOOSY), retries: 2 });
  await stage.driver.begin();
  const tries = (): number =>
    readFileSync(join(stage.scratch.root, 'calls'), 'utf8').split('./bad').length - 1;
  write('bad');
  writeFileSync(join(stage.scratch.root, 'bad'), '');
  stage.driver.batch(entry('bad', MODIFIED));
  await stage.driver.until('three tries', () => tries() >= 3);
  assert.equal(stage.driver.finished, undefined);
});

test('in a run that ends by itself it does, after the configured number of tries', async () => {
  start({
    ...program('tr "\\0" " " | grep -q bad && exit 23; exit 0'),
    retries: 2,
    exitOnNoEvents: true,
  });
  write('bad');
  stage.driver.batch(entry('bad', MODIFIED));
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 23);
});

test('what fails in the initial sync is set apart, and all else is synced', async () => {
  const named = 'rsync: [sender] readlink_stat("/any/where/bad") failed: Permission denied (13)';
  start(
    program(
      `list=list.$$\ncat >$list\ntr "\\0" " " <$list >>calls\ngrep -q bad $list && exec rsync "$@" <$list\n` +
        `[ -e bad ] || exec rsync "$@" <$list\nrsync "$@" <$list\necho '${named}' >&2; exit 23`,
    ),
  );
  write('bad');
  write('good');
  writeFileSync(join(stage.scratch.root, 'bad'), '');
  stage.driver.batch(WHOLE_TREE);
  stage.driver.walked();
  await stage.driver.until('it to be said', () =>
    stage.driver.log.some((line) => line.startsWith('error: cannot sync "bad" (exit code 23)')),
  );
  await stage.driver.until('the initial sync', () => stage.driver.synced.length > 0);
  assert.deepEqual([stage.driver.finished, copied('good')], [undefined, 'good']);
});

test('failing names of one inode stay together, so that they are linked in the end', async () => {
  write('x');
  write('bad');
  linkSync(join(stage.scratch.source, 'bad'), join(stage.scratch.source, 'other'));
  start({
    ...program(
      '[ -e bad ] || exec rsync "$@"\nlist=list.$$\ncat >$list\ngrep -q bad $list && exit 23\nexit 0',
    ),
    delaySync: 0,
  });
  await stage.driver.begin();
  writeFileSync(join(stage.scratch.root, 'bad'), '');
  write('bad', 'changed');
  stage.driver.batch(entry('x', MODIFIED), entry('bad', MODIFIED), entry('other', 4));
  await stage.driver.until('both to be set apart', () => stage.driver.backlog.failing === 2);
  rmSync(join(stage.scratch.root, 'bad'));
  stage.driver.interrupt();
  await stage.driver.until(
    'both',
    () => copied('bad') === 'changed' && copied('other') === 'changed',
  );
  assert.equal(
    statSync(join(stage.scratch.destination, 'bad')).ino,
    statSync(join(stage.scratch.destination, 'other')).ino,
  );
});
