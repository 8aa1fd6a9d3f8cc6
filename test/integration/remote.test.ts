/** Destinations on other machines: over ssh and on an rsync daemon, both real, on loopback. */
import * as fs from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { makeOrdinaryTree, makeRootTree } from '../harness/samples.js';
import { needsSshd, startRsyncDaemon, startSshd } from '../harness/servers.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';

for (const [form, prefix] of [
  ['host:path', ''],
  ['user@host:path', `${userInfo().username}@`],
] as const) {
  test(`mirrors to ${form} over ssh`, { skip: needsSshd, timeout: 120_000 }, async (scope) => {
    const server = await startSshd(scope);
    const mirror = new Mirror(scope, {
      destination: (path) => `${prefix}${server.host}:${path}`,
      environment: server.environment,
      options: ['--handler-allow', server.directory],
      prepare: fill,
    });
    await mirror.equal({ timeout: 60_000 });
    change(mirror.source);
    await mirror.equal({ timeout: 60_000 });
  });
}

test('mirrors to rsync://', { skip: needsRoot, timeout: 120_000 }, async (scope) => {
  const base = temporaryDirectory(scope);
  const server = await startRsyncDaemon(scope, join(base, 'destination'));
  const mirror = new Mirror(scope, {
    base,
    destination: () => server.url,
    prepare: fill,
  });
  await mirror.equal({ timeout: 60_000 });
  change(mirror.source);
  await mirror.equal({ timeout: 60_000 });
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
