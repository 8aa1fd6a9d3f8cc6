/** Destinations on other machines: over ssh and on an rsync daemon, both real, on loopback. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { makeOrdinaryTree, makeRootTree } from '../harness/samples.js';
import { needsSshd, startRsyncDaemon, startSshd } from '../harness/servers.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

for (const [form, prefix] of [
  ['host:path', ''],
  // sshd needs root, and so do these tests.
  ['user@host:path', 'root@'],
] as const) {
  test(`mirrors to ${form} over ssh`, { skip: needsSshd, timeout: DEADLINE }, async (scope) => {
    const server = await startSshd(scope);
    const mirror = new Mirror(scope, {
      destination: (path) => `${prefix}${server.host}:${path}`,
      environment: server.environment,
      options: ['--handler-allow', server.directory],
      prepare: fill,
    });
    await mirror.equal();
    change(mirror.source);
    await mirror.equal();
  });
}

test(
  'one ssh connection is kept open between syncs, made again when it has ended, and ends with ' +
    'the daemon',
  { skip: needsSshd, timeout: DEADLINE },
  async (scope) => {
    const server = await startSshd(scope);
    const mirror = new Mirror(scope, {
      destination: (path) => `${server.host}:${path}`,
      environment: server.environment,
      options: ['--handler-allow', server.directory, '-d1', '--keep-connection'],
      prepare: fill,
    });
    const { daemon } = mirror;
    const kept = (): number | undefined => daemon.find(/^ssh -o ControlMaster=yes/)?.pid;
    await mirror.equal();
    await daemon.until('a kept connection', () => kept() !== undefined);
    const change = async (name: string): Promise<void> => {
      fs.writeFileSync(join(mirror.source, name), name);
      await mirror.equal();
    };
    await change('once');
    await daemon.until('it to be used', async () => {
      const before = server.connections();
      await change(`file ${before} ${Date.now()}`);
      return server.connections() === before;
    });
    const first = kept();
    process.kill(first as number, 'SIGKILL');
    await change('by itself');
    await daemon.until('another connection', async () => {
      await change(`after ${Date.now()}`);
      return kept() !== undefined && kept() !== first;
    });
    assert.equal((await daemon.stop()).code, 0, daemon.output);
    await daemon.gone(mirror.source);
  },
);

test('mirrors to rsync://', { skip: needsRoot, timeout: DEADLINE }, async (scope) => {
  const base = temporaryDirectory(scope);
  const server = await startRsyncDaemon(scope, join(base, 'destination'));
  const mirror = new Mirror(scope, {
    base,
    destination: () => server.url,
    prepare: fill,
  });
  await mirror.equal();
  change(mirror.source);
  await mirror.equal();
});

function fill(source: string): void {
  makeOrdinaryTree(source);
  makeRootTree(source);
}

function change(source: string): void {
  fs.appendFileSync(join(source, 'file'), 'more');
  fs.renameSync(join(source, 'directory'), join(source, 'moved'));
  fs.rmSync(join(source, 'dangling'));
  fs.rmSync(join(source, 'empty'), { recursive: true });
  fs.writeFileSync(join(source, 'empty'), 'a file now');
}
