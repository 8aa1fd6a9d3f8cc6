/**
 * What is handed over after a restart with `--state-dir`: what has changed meanwhile, and no more.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE } from '../harness/until.js';

/** Appends its arguments to a file. */
const RECORDING = '#!/bin/sh\nprintf "%s\\n" "$@" >>"$RECORD/paths"\ntest ! -e "$RECORD/fail"\n';

/** How many files are in each of the directories that change. */
const SOME = 40;

class Restarts {
  readonly base: string;
  readonly source: string;
  readonly destination: string;

  constructor(
    private readonly scope: TestContext,
    files: readonly string[],
  ) {
    this.base = temporaryDirectory(scope);
    this.source = subdirectory(this.base, 'source');
    this.destination = subdirectory(this.base, 'destination');
    fs.chmodSync(subdirectory(this.base, 'record'), 0o777);
    fs.writeFileSync(join(this.base, 'handler'), RECORDING, { mode: 0o755 });
    for (const file of files) this.write(file);
  }

  at(name: string): string {
    return join(this.source, name);
  }

  write(name: string, text = name): void {
    fs.mkdirSync(join(this.at(name), '..'), { recursive: true });
    fs.writeFileSync(this.at(name), text);
  }

  start(...words: readonly string[]): Daemon {
    const record = join(this.base, 'record');
    for (const name of fs.readdirSync(record)) fs.rmSync(join(record, name));
    return new Daemon(
      this.scope,
      [
        ...[...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '-W', this.source],
        ...['-D', this.destination, '-Mshell', '-S', join(this.base, 'handler')],
        ...[`--handler-allow=${record}:rw`, '--handler-env=RECORD'],
        ...['--state-dir', join(this.base, 'state'), ...words, '--', '%INCLUDE-LIST%'],
      ],
      { environment: { ...process.env, RECORD: record } },
    );
  }

  /** Runs it to the end of the initial sync; returns the paths handed over. */
  async once(...words: readonly string[]): Promise<string[]> {
    const daemon = this.start('--only-initialsync', ...words);
    assert.equal((await daemon.exited).code, 0, daemon.output);
    return this.paths();
  }

  paths(): string[] {
    const record = join(this.base, 'record/paths');
    const lines = fs.existsSync(record) ? fs.readFileSync(record, 'utf8').split('\n') : [];
    return lines
      .filter((line) => line !== '')
      .map((line) => relative(this.source, resolve(this.source, line)))
      .sort();
  }
}

function names(directory: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${directory}/${index}`);
}

function change(trial: Restarts): void {
  for (const name of names('changed', 5)) fs.appendFileSync(trial.at(name), 'more');
  for (const name of names('removed', 3)) fs.rmSync(trial.at(name));
  fs.renameSync(trial.at('renamed'), trial.at('left/new name'));
  trial.write('left/new');
  fs.chmodSync(trial.at('left/deep'), 0o700);
}

const CHANGED = [...names('changed', 5), ...names('removed', 3), 'left/new', 'left/deep'];
const RENAMED = ['renamed', 'left/new name'];

for (const [what, words, renamed] of [
  ['directories as a whole', ['--have-recursive-sync'], RENAMED],
  ['objects', [], RENAMED.flatMap((name) => [name, ...names(name, SOME)])],
] as const)
  test(`exactly what has changed while it was down is handed over: ${what}`, async (t) => {
    const files = ['changed', 'removed', 'renamed', 'left/deep'].flatMap((name) =>
      names(name, SOME),
    );
    const trial = new Restarts(t, files);
    await trial.once(...words);
    assert.deepEqual(await trial.once(...words), []);
    change(trial);
    assert.deepEqual(await trial.once(...words), [...CHANGED, ...renamed].sort());
    assert.deepEqual(await trial.once(...words), []);
  });

for (const mode of ['mirror', 'rsyncdirect'])
  test(`names of one inode stay tied when a directory with one of them was moved: ${mode}`, async (t) => {
    const trial = new Restarts(t, ['one']);
    fs.mkdirSync(trial.at('moved'));
    fs.linkSync(trial.at('one'), trial.at('moved/other'));
    const sync = async (): Promise<void> => {
      const daemon = new Daemon(t, [
        ...[...commandOf('clsync'), '-H/NULL/', `-M${mode}`, '-W', trial.source],
        ...[
          '-D',
          trial.destination,
          '--state-dir',
          join(trial.base, 'state'),
          '--only-initialsync',
        ],
      ]);
      assert.equal((await daemon.exited).code, 0, daemon.output);
    };
    await sync();
    fs.mkdirSync(trial.at('new'));
    fs.renameSync(trial.at('moved'), trial.at('new/moved'));
    await sync();
    const [one, other] = ['one', 'new/moved/other'].map((name) =>
      fs.lstatSync(join(trial.destination, name)),
    );
    assert.deepEqual([one?.nlink, one?.ino], [2, other?.ino]);
  });

test('a start that finds nothing to do says that its initial sync is done, and tells the hook', async (t) => {
  const trial = new Restarts(t, names('a', 3));
  await trial.once();
  const record = join(trial.base, 'record');
  const hook = join(trial.base, 'hook');
  const told = '#!/bin/sh\necho "$CLSYNC_SYNCED $CLSYNC_INITIAL $(wc -c)" >"$RECORD/told"\n';
  fs.writeFileSync(hook, told, { mode: 0o755 });
  const daemon = trial.start('--sync-hook', hook);
  await daemon.logged(/initial sync done in [^\n]* \(0 paths\)/);
  const said = (): string =>
    fs.existsSync(join(record, 'told')) ? fs.readFileSync(join(record, 'told'), 'utf8') : '';
  await daemon.until('the hook', () => said() !== '');
  assert.deepEqual([said(), trial.paths()], ['0 1 0\n', []]);
});

test('what changed while it ran, and was synced, is not handed over again', async (t) => {
  const trial = new Restarts(t, [
    ...names('changed', 9),
    ...names('removed', 9),
    'renamed/a',
    'left/deep/a',
  ]);
  const words = ['--have-recursive-sync', `--socket=${trial.base}/socket`];
  const daemon = trial.start(...words);
  await daemon.until('the first sync', () => /initial sync done/.test(daemon.stderr));
  change(trial);
  const handed = (): boolean =>
    [...CHANGED, ...RENAMED].every((path) => trial.paths().includes(path));
  await daemon.until('the changes to be handed over', handed);
  // A handler that has told of them may not have ended, and an event may still be to come.
  new Ctl(trial.base).order('flush', `--timeout=${PATIENCE / 1000}`);
  daemon.signal('SIGQUIT');
  assert.equal((await daemon.exited).code, 0);
  assert.deepEqual(await trial.once(...words), []);
});

test('a change of no field of --modification-signature is none for a start, either', async (t) => {
  const trial = new Restarts(t, ['a/moded', 'a/written']);
  const words = ['--modification-signature=mtime,size'];
  await trial.once(...words);
  for (const name of ['a', 'a/moded']) fs.chmodSync(trial.at(name), 0o700);
  fs.appendFileSync(trial.at('a/written'), 'more');
  assert.deepEqual(await trial.once(...words), ['a/written']);
  assert.deepEqual(await trial.once(...words), []);
  // For one that looks at more, it is one.
  assert.deepEqual(await trial.once(), ['a', 'a/moded']);
});

test('what waits when the daemon is killed is handed over by the next one', async (t) => {
  const trial = new Restarts(t, names('a', 3));
  await trial.once();
  const daemon = trial.start('-t1000');
  await daemon.until('the start', () => /watching/.test(daemon.stderr));
  trial.write('a/1', 'changed');
  fs.rmSync(trial.at('a/2'));
  process.kill(daemon.pid, 'SIGKILL');
  await daemon.exited;
  assert.deepEqual(await trial.once(), ['a/1', 'a/2']);
  assert.deepEqual(await trial.once(), []);
});

test('a path that fails is handed over by the next one, also when it is gone by then', async (t) => {
  const trial = new Restarts(t, ['a', 'b']);
  await trial.once();
  const daemon = trial.start('-r0');
  await daemon.until('the start', () => /watching/.test(daemon.stderr));
  fs.writeFileSync(join(trial.base, 'record/fail'), '');
  trial.write('new');
  await daemon.until('a failure', () => /failed/.test(daemon.stderr));
  daemon.signal('SIGINT');
  await daemon.exited;
  fs.rmSync(trial.at('new'));
  assert.deepEqual(await trial.once(), ['new']);
  assert.deepEqual(await trial.once(), []);
});
