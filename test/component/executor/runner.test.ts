import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import { Runner, lookUp, words } from '../../../src/executor/run/runner.js';
import type { Ending } from '../../../src/executor/run/ending.js';
import type { Program } from '../../../src/executor/run/running-program.js';
import { until } from '../../harness/until.js';

const directory = mkdtempSync(join(tmpdir(), 'runner-test-'));
const runner = new Runner(fromText(FILES.launcher));
const environment = [`PATH=${process.env['PATH'] ?? ''}` as BytePath];

after(() => rmSync(directory, { recursive: true }));

function run(
  by: Program['by'],
  argv: readonly BytePath[],
  more: Partial<Program> = {},
): Promise<Ending> {
  return runner.run({
    words: argv,
    directory: fromText(directory),
    environment,
    timeout: 0,
    ...(by && { by }),
    ...more,
  });
}

function shell(script: string): BytePath[] {
  return words('sh', '-c', script);
}

/** The number that a script writes into a file of the scratch directory; 0: it has not yet. */
function numberIn(name: string): number {
  const path = join(directory, name);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

function has(...names: string[]): boolean {
  return names.every((name) => numberIn(name) > 0);
}

/** Waits for the numbers that a script writes, and removes the files. */
async function written(...names: string[]): Promise<number[]> {
  await until(`numbers in ${names.join(' and ')}`, () => has(...names), { every: 5 });
  const numbers = names.map(numberIn);
  for (const name of names) rmSync(join(directory, name));
  return numbers;
}

async function gone(pid: number): Promise<void> {
  const runs = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
    } catch {
      return false;
    }
  };
  await until(`the end of process ${pid}`, () => !runs(), { every: 5 });
}

/** Sets the soft limit of this process; returns what it was. */
function limitDescriptors(most: string): string {
  const of = ['--pid', String(process.pid)];
  const before = execFileSync('prlimit', [...of, '--nofile', '--noheadings', '--output=SOFT']);
  execFileSync('prlimit', [...of, `--nofile=${most}:`]);
  return before.toString().trim();
}

/** Whether execa started it, which adds a method `iterable` to the process. */
async function isByExeca(by: Program['by']): Promise<boolean> {
  let made: object = {};
  const note = ({ process }: { readonly process: object }): object => (made = process);
  const listener = (message: unknown): unknown => note(message as Parameters<typeof note>[0]);
  subscribe('child_process', listener);
  assert.deepEqual(await run(by, words('true')), { kind: 'exited', code: 0 });
  unsubscribe('child_process', listener);
  return 'iterable' in made;
}

test('programs of the user are run through execa, for which no first sync waits', async () => {
  assert.equal(await isByExeca('node'), false);
  assert.equal(await isByExeca('loaded'), false);
  assert.equal(await isByExeca('loaded'), true);
  assert.equal(await isByExeca('node'), false);
  assert.equal(await isByExeca(undefined), true);
});

for (const by of ['node', undefined] as const) {
  const who = by ?? 'execa';
  test(`${who}: the exit code or the signal is reported`, async () => {
    assert.deepEqual(await run(by, shell('exit 7')), { kind: 'exited', code: 7 });
    assert.deepEqual(await run(by, shell('kill -9 $$')), { kind: 'killed', signal: 'SIGKILL' });
  });

  test(`${who}: arguments and environment are bytes, and nothing else is there`, async () => {
    const chunks: Buffer[] = [];
    const output = { stdout: (chunk: Buffer) => chunks.push(chunk), stderr: () => undefined };
    const odd = 'a\nb\xff "$(id)' as BytePath;
    await run(by, [...words('env', 'printf', '%s|'), odd], { output });
    assert.equal(Buffer.concat(chunks).toString('latin1'), odd + '|');
    chunks.length = 0;
    await run(by, words('env'), { output, environment: [...environment, 'X=\xfe' as BytePath] });
    assert.deepEqual(
      Buffer.concat(chunks).toString('latin1').trim().split('\n').sort(),
      [...environment, 'X=\xfe'].sort(),
    );
  });

  test(`${who}: input reaches standard input; a program may ignore it`, async () => {
    const chunks: Buffer[] = [];
    const output = { stdout: (chunk: Buffer) => chunks.push(chunk), stderr: () => undefined };
    const input = Buffer.alloc(1 << 20, 'x');
    assert.deepEqual(await run(by, words('wc', '-c'), { input, output }), {
      kind: 'exited',
      code: 0,
    });
    assert.equal(Buffer.concat(chunks).toString().trim(), String(1 << 20));
    assert.deepEqual(await run(by, words('true'), { input, output }), {
      kind: 'exited',
      code: 0,
    });
  });

  test(`${who}: an absent program and a forbidden one are errors of their own`, async () => {
    writeFileSync(join(directory, 'plain'), '#!/bin/sh\n');
    chmodSync(join(directory, 'plain'), 0o644);
    const absent = await run(by, words('/no/such/program'));
    assert.equal(absent.kind === 'notStarted' && absent.errno, 2);
    const unknown = await run(by, words('no-such-program-in-path'));
    assert.equal(unknown.kind === 'notStarted' && unknown.errno, 2);
    const plain = await run(by, words('./plain'));
    assert.equal(plain.kind === 'notStarted' && plain.errno, 13);
  });

  test(`${who}: a script that names no interpreter is given to sh, as execvp does`, async () => {
    writeFileSync(join(directory, 'bare'), 'exit $1\n', { mode: 0o755 });
    assert.deepEqual(await run(by, words('./bare', '6')), { kind: 'exited', code: 6 });
  });

  test(`${who}: a timeout kills the whole session, background grandchildren included`, async () => {
    const script =
      'trap "" TERM; sh -c \'trap "" TERM; sh -c "echo \\$\\$ > deep; sleep 1000"\' & echo ' +
      '$$ > top; sleep 1000';
    // Long enough for all of them to have begun, on a slow machine too.
    for (let timeout = 600; !has('top', 'deep'); timeout *= 4)
      assert.deepEqual(await run(by, shell(script), { timeout }), { kind: 'timedOut' });
    for (const pid of await written('top', 'deep')) await gone(pid);
  });

  test(`${who}: endAll ends what runs at once`, async () => {
    const started = run(by, shell('echo $$ > victim; sleep 1000'));
    const [victim] = (await written('victim')) as [number];
    await runner.endAll();
    assert.equal((await started).kind, 'killed');
    await gone(victim);
  });

  test(`${who}: what is left running ends with the call, and delays nothing`, async () => {
    const output = { stdout: () => undefined, stderr: () => undefined };
    const script =
      'sleep 1000 & echo $! >one; (setsid sh -c "echo \\$\\$ >two; exec sleep 1000" &); ' +
      'until [ -s two ]; do :; done; exit 7';
    const ending = await run(by, shell(script), { output });
    assert.deepEqual(ending, { kind: 'exited', code: 7 });
    for (const pid of await written('one', 'two')) assert.throws(() => process.kill(pid, 0));
  });

  test(`${who}: the end by a signal is the call's`, async () => {
    assert.deepEqual(await run(by, shell('kill -SEGV $$')), { kind: 'killed', signal: 'SIGSEGV' });
  });

  test(`${who}: out of descriptors it is said so`, async () => {
    const taken: number[] = [];
    const before = limitDescriptors('100');
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch {
      // none is left
    }
    // Enough for none, one or both sockets' ends, and then for the process.
    for (let free = 0; free < 8; free++) {
      const ending = await run(by, words('true'));
      if (ending.kind === 'notStarted') assert.equal(ending.errno, os.errno.EMFILE, ending.words);
      else assert.deepEqual([ending, free > 3], [{ kind: 'exited', code: 0 }, true]);
      closeSync(taken.pop() as number);
    }
    for (const descriptor of taken) closeSync(descriptor);
    limitDescriptors(before);
    assert.deepEqual(await run(by, words('true')), { kind: 'exited', code: 0 });
  });
}

test('programs are looked up as execvp does', () => {
  const find = (name: string, path: string): string =>
    lookUp(fromText(name), fromText(directory), [`PATH=${path}` as BytePath]);
  assert.equal(find('sh', '/nowhere:/bin'), '/bin/sh');
  assert.equal(find('./x', '/bin'), `${directory}/./x`);
  assert.equal(find('sh', '/nowhere'), '/nowhere/sh');
});
