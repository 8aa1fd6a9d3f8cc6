import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import { Runner, lookUp, words } from '../../../src/executor/run/runner.js';
import type { Ending } from '../../../src/executor/run/ending.js';
import type { Program } from '../../../src/executor/run/runner.js';
import { processesOf } from '../../../src/executor/run/session.js';

const directory = mkdtempSync(join(tmpdir(), 'runner-test-'));
const runner = new Runner(fromText(FILES.launcher));
const environment = [`PATH=${process.env['PATH'] ?? ''}` as BytePath];

after(() => rmSync(directory, { recursive: true }));

function run(argv: readonly BytePath[], more: Partial<Program> = {}): Promise<Ending> {
  return runner.run({
    words: argv,
    directory: fromText(directory),
    environment,
    timeout: 0,
    ...more,
  });
}

function shell(script: string): BytePath[] {
  return words('sh', '-c', script);
}

/** The numbers a script wrote into files of the scratch directory, once they are there. */
async function written(...names: string[]): Promise<number[]> {
  for (;;) {
    try {
      const numbers = names.map((name) => Number(readFileSync(join(directory, name), 'utf8')));
      if (numbers.every((number) => number > 0)) return numbers;
    } catch {
      // not yet
    }
    await delay(5);
  }
}

async function gone(pid: number): Promise<void> {
  const runs = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
    } catch {
      return false;
    }
  };
  for (let tries = 0; runs(); tries++) {
    assert.ok(tries < 400, `process ${pid} still runs`);
    await delay(5);
  }
}

test('the exit code, or the signal, is told', async () => {
  assert.deepEqual(await run(shell('exit 7')), { kind: 'exited', code: 7 });
  assert.deepEqual(await run(shell('kill -9 $$')), { kind: 'killed', signal: 'SIGKILL' });
});

test('arguments, environment and names are bytes; nothing else is in the environment', async () => {
  const chunks: Buffer[] = [];
  const output = { stdout: (chunk: Buffer) => chunks.push(chunk), stderr: () => undefined };
  const odd = 'a\nb\xff "$(id)' as BytePath;
  await run([...words('env', 'printf', '%s|'), odd], { output });
  assert.equal(Buffer.concat(chunks).toString('latin1'), odd + '|');
  chunks.length = 0;
  await run(words('env'), { output, environment: [...environment, 'X=\xfe' as BytePath] });
  assert.deepEqual(
    Buffer.concat(chunks).toString('latin1').trim().split('\n').sort(),
    [...environment, 'X=\xfe'].sort(),
  );
});

test('input is written to standard input; who does not read it does no harm', async () => {
  const chunks: Buffer[] = [];
  const output = { stdout: (chunk: Buffer) => chunks.push(chunk), stderr: () => undefined };
  const input = Buffer.alloc(1 << 20, 'x');
  assert.deepEqual(await run(words('wc', '-c'), { input, output }), { kind: 'exited', code: 0 });
  assert.equal(Buffer.concat(chunks).toString().trim(), String(1 << 20));
  assert.deepEqual(await run(words('true'), { input, output }), { kind: 'exited', code: 0 });
});

test('an absent program and one that may not be executed are errors of their own', async () => {
  writeFileSync(join(directory, 'plain'), '#!/bin/sh\n');
  chmodSync(join(directory, 'plain'), 0o644);
  const absent = await run(words('/no/such/program'));
  assert.equal(absent.kind === 'notStarted' && absent.errno, 2);
  const unknown = await run(words('no-such-program-in-path'));
  assert.equal(unknown.kind === 'notStarted' && unknown.errno, 2);
  const plain = await run(words('./plain'));
  assert.equal(plain.kind === 'notStarted' && plain.errno, 13);
});

test('a script that names no interpreter is given to sh, as execvp does', async () => {
  writeFileSync(join(directory, 'bare'), 'exit $1\n', { mode: 0o755 });
  assert.deepEqual(await run(words('./bare', '6')), { kind: 'exited', code: 6 });
});

test('a timeout kills the whole session, grandchildren in the background included', async () => {
  const started = run(
    shell(
      'trap "" TERM; sh -c \'trap "" TERM; sh -c "echo \\$\\$ > deep; sleep 1000"\' & echo ' +
        '$$ > top; sleep 1000',
    ),
    { timeout: 600 },
  );
  const [top, deep] = (await written('top', 'deep')) as [number, number];
  assert.ok(processesOf(top).includes(deep));
  assert.deepEqual(await started, { kind: 'timedOut' });
  await gone(top);
  await gone(deep);
});

test('endAll ends what runs at once', async () => {
  const started = run(shell('echo $$ > victim; sleep 1000'));
  const [victim] = (await written('victim')) as [number];
  const began = performance.now();
  await runner.endAll();
  assert.ok(performance.now() - began < 1000);
  assert.equal((await started).kind, 'killed');
  await gone(victim);
});

test('a background child that keeps the output open holds nothing up', async () => {
  const output = { stdout: () => undefined, stderr: () => undefined };
  const ending = await run(shell('sleep 1000 & echo $! > background; exit 0'), { output });
  assert.deepEqual(ending, { kind: 'exited', code: 0 });
  const [background] = (await written('background')) as [number];
  process.kill(background, 'SIGKILL');
});

test('programs are looked up as execvp does', () => {
  const find = (name: string, path: string): string =>
    lookUp(fromText(name), fromText(directory), [`PATH=${path}` as BytePath]);
  assert.equal(find('sh', '/nowhere:/bin'), '/bin/sh');
  assert.equal(find('./x', '/bin'), `${directory}/./x`);
  assert.equal(find('sh', '/nowhere'), '/nowhere/sh');
});
