/**
 * A Unix socket is a door to what listens behind it, often as root, and a handler may override its
 * mode. So handlers have none but those that --handler-allow names.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE, skip: needsMounts() };

class Trial {
  readonly base: string;
  readonly handler: string;
  /** Root's sockets, by the place they are in. */
  readonly sockets = { tree: '', resolver: '', standby: '', granted: '' };
  private readonly etc: string;

  constructor(readonly scope: Scope) {
    this.base = temporaryDirectory(scope);
    this.etc = copyOfEtc(scope);
    for (const name of ['copy', 'resolver', 'standby', 'granted']) subdirectory(this.base, name);
    subdirectory(this.base, 'source');
    this.handler = join(this.base, 'handler');
    execFileSync('cc', [
      ...['-Wall', '-Wextra', '-Werror', `-DBASE=${JSON.stringify(this.base)}`],
      ...['-o', this.handler, join(FILES.root, 'test/attacks/connect.c')],
    ]);
    // As where systemd-resolved writes it: the directory has the sockets of the service, too.
    fs.writeFileSync(join(this.base, 'resolver/stub'), 'nameserver 192.0.2.1\n');
    fs.rmSync(join(this.etc, 'resolv.conf'), { force: true });
    fs.symlinkSync(join(this.base, 'resolver/stub'), join(this.etc, 'resolv.conf'));
    const { sockets } = this;
    sockets.tree = join(this.base, 'source/socket');
    for (const name of ['resolver', 'standby', 'granted'] as const)
      sockets[name] = join(this.base, name, 'socket');
    fs.writeFileSync(
      join(this.base, 'source/targets'),
      Object.values(sockets)
        .map((path) => path + '\n')
        .join(''),
    );
  }

  async listen(): Promise<void> {
    for (const path of Object.values(this.sockets)) {
      const server = createServer((socket) => socket.destroy());
      atEnd(this.scope, () => void server.close());
      server.listen(path);
      await once(server, 'listening');
      fs.chmodSync(path, 0o600);
    }
  }

  /** What the handler has reached by the end of the first sync. */
  async reached(
    ...options: readonly string[]
  ): Promise<{ readonly paths: readonly string[]; readonly log: string }> {
    await this.listen();
    const daemon = new Daemon(this.scope, [
      ...elsewhere({ '/etc': this.etc }, commandOf('clsync')),
      ...['-H/NULL/', '-t0', '-w0', '-W', join(this.base, 'source'), '--only-initialsync'],
      ...['-S', this.handler, '--standby-file', join(this.base, 'standby/file'), ...options],
    ]);
    await daemon.exited;
    const found = fs.readFileSync(join(this.base, 'copy/reached'), 'utf8');
    return { paths: found.split('\n').filter((line) => line !== ''), log: daemon.stderr };
  }

  get local(): readonly string[] {
    return ['-Mrsyncdirect', '-D', join(this.base, 'copy'), '--handler-allow=/etc'];
  }

  /** With the host's network. */
  get direct(): readonly string[] {
    return ['-Mdirect', `--handler-allow=${this.base}/copy:rw,/etc`, '--', 'x'];
  }
}

test('in a local mirror no socket of the host is reached', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  assert.deepEqual((await trial.reached(...trial.local)).paths, []);
});

test(
  'nor by a handler with the network, and the log says what grants one',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const { paths, log } = await trial.reached(...trial.direct);
    assert.deepEqual(paths, []);
    assert.match(log, /--handler-allow PATH:socket/);
  },
);

test('nor with the view of the host', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const options = ['--handler-view=host', ...trial.direct];
  assert.deepEqual((await trial.reached(...options)).paths, []);
});

test('one that is granted is reached, and none in a directory of its own', LIMIT, async (scope) => {
  const trial = new Trial(scope);
  const { granted, tree } = trial.sockets;
  const { paths } = await trial.reached(`--handler-allow=${granted}:socket`, ...trial.local);
  // Before Landlock 9 (Linux 7.1) those in the tree are, too: docs/TRUST.md.
  assert.deepEqual(
    paths.filter((path) => path !== tree),
    [granted],
  );
});
