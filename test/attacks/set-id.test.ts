/**
 * A handler that others have taken over makes set-user-id programs of root's, or devices, in the
 * destination: whoever may go there is root. Where the source can have none, handlers make none.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { MODE_TRAITS } from '../../src/shared/modes.js';
import type { Mode } from '../../src/shared/modes.js';
import { Daemon } from '../harness/daemon.js';
import { mountAt } from '../harness/mounts.js';
import { needsWholeSandbox } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE, skip: needsWholeSandbox() };
const SET_ID = 0o6000;

class Trial {
  readonly base: string;
  readonly source: string;
  readonly copy: string;

  /** @param flags of a mount of the source; undefined: it lies where the destination does */
  constructor(
    readonly scope: Scope,
    flags?: string,
  ) {
    this.base = temporaryDirectory(scope);
    this.source = subdirectory(this.base, 'source');
    this.copy = subdirectory(this.base, 'copy');
    if (flags !== undefined) mountAt(scope, ['-t', 'tmpfs', '-o', flags, 'tmpfs'], this.source);
    fs.writeFileSync(join(this.source, 'file'), 'x');
    fs.chmodSync(this.source, 0o755);
  }

  start(...options: readonly string[]): Daemon {
    return new Daemon(this.scope, [
      ...[...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '-W', this.source],
      ...options,
    ]);
  }

  /** What the hostile program, in rsync's place or as a plug-in, has made. */
  async made(mode: Mode, ...options: readonly string[]): Promise<readonly string[]> {
    const program = join(this.base, 'rsync');
    execFileSync('cc', [
      ...['-D_GNU_SOURCE', '-Wall', '-Wextra', `-DBASE=${JSON.stringify(this.base)}`],
      ...(mode === 'so' ? ['-shared', '-fPIC'] : []),
      ...['-Wno-unused-result', '-o', program, join(FILES.root, 'test/attacks/special.c')],
    ]);
    fs.writeFileSync(join(this.copy, 'existing'), '');
    fs.chmodSync(join(this.copy, 'existing'), 0o4755);
    const daemon = this.start(
      ...[`-M${mode}`, '-S', program, '--only-initialsync'],
      ...(MODE_TRAITS[mode].destination
        ? ['-D', this.copy]
        : ['--handler-allow', `${this.copy}:rw`]),
      ...options,
    );
    assert.equal((await daemon.exited).code, 0, daemon.output);
    assert.ok(fs.existsSync(join(this.copy, 'done')));
    return specialIn(this.copy);
  }
}

/** Names of set-id objects and of devices. */
function specialIn(directory: string): string[] {
  return fs.readdirSync(directory).filter((name) => {
    const stats = fs.lstatSync(join(directory, name));
    return (stats.mode & SET_ID) !== 0 || stats.isCharacterDevice() || stats.isBlockDevice();
  });
}

const NO = ['--mirror-setid=no', '--mirror-devices=no'];
const YES = ['--mirror-setid=yes', '--mirror-devices=yes'];

test('where the source is mounted nosuid and nodev, a handler makes none', LIMIT, async (scope) => {
  assert.deepEqual(await new Trial(scope, 'nosuid,nodev').made('rsyncdirect'), []);
});

for (const mode of ['rsyncdirect', 'rsyncshell', 'direct', 'so'] as const)
  test(`nor where the options say no: mode ${mode}`, LIMIT, async (scope) => {
    assert.deepEqual(await new Trial(scope).made(mode, ...NO), []);
  });

test('it makes them where the options say yes', LIMIT, async (scope) => {
  const made = await new Trial(scope, 'nosuid,nodev').made('rsyncdirect', ...YES);
  assert.ok(made.includes('chmod') && made.includes('character'), String(made));
});

for (const mode of ['rsyncdirect', 'mirror'])
  test(
    `files and directories are mirrored without set-id bits, as the log says: mode ${mode}`,
    LIMIT,
    async (scope) => {
      const trial = new Trial(scope, 'nosuid,nodev');
      fs.chmodSync(join(trial.source, 'file'), 0o4755);
      fs.mkdirSync(join(trial.source, 'directory'));
      fs.chmodSync(join(trial.source, 'directory'), 0o2775);
      execFileSync('mknod', [join(trial.source, 'null'), 'c', '1', '3']);
      const daemon = trial.start(`-M${mode}`, '-D', trial.copy, '--only-initialsync');
      assert.equal((await daemon.exited).code, 0, daemon.output);
      assert.deepEqual(fs.readdirSync(trial.copy).sort(), ['directory', 'file']);
      assert.equal(fs.statSync(join(trial.copy, 'file')).mode & 0o7777, 0o755);
      assert.equal(fs.statSync(join(trial.copy, 'directory')).mode & 0o7777, 0o775);
      assert.match(daemon.stderr, /--mirror-setid=yes/);
      assert.match(daemon.stderr, /--mirror-devices=yes/);
    },
  );

test(
  'where they are the handler’s own doing, its failure names the option',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const words = ['-c', `touch ${trial.copy}/x; chmod 4755 ${trial.copy}/x`];
    const options = ['-Mdirect', `--handler-allow=${trial.copy}:rw`, '-S', '/bin/sh'];
    const daemon = trial.start(...options, ...NO, '--only-initialsync', '--', ...words);
    assert.notEqual((await daemon.exited).code, 0);
    assert.match(daemon.stderr, /--mirror-setid=yes/);
  },
);
