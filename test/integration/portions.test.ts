/**
 * An end between two portions of one sync: TERM, and the kill of the executor. What was not synced
 * is synced by the next start, or by the executor that takes its place.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

/** More than a portion. */
const FILES = 9_000;
const LIMIT = { timeout: DEADLINE };
const A_PORTION = /synced \d+ paths in/;

class Place {
  readonly base: string;
  readonly source: string;
  readonly destination: string;
  private readonly state: string;

  constructor(private readonly scope: TestContext) {
    this.base = temporaryDirectory(scope);
    this.source = subdirectory(this.base, 'source');
    this.destination = subdirectory(this.base, 'destination');
    this.state = subdirectory(this.base, 'state');
    makeManyFiles(this.source, FILES, 50);
    // While it is held, only the first call copies anything. Without a window of -1, rsync takes
    // times of the same second for equal.
    const script = `#!/bin/sh
cd "${this.state}" || exit
[ -e hold ] && { [ -e first ] && exec sleep 600; touch first; }
exec rsync -aH --super --modify-window=-1 --files-from="$3" "${this.source}/" "${this.destination}/"
`;
    fs.writeFileSync(this.handler, script, { mode: 0o755 });
  }

  get handler(): string {
    return join(this.base, 'handler');
  }

  start(): Daemon {
    const lists = join(this.base, 'lists');
    fs.mkdirSync(lists, { mode: 0o700, recursive: true });
    const words = ['-H', '/NULL/', '-Mshell', '-S', this.handler, '-W', this.source, '-L', lists];
    const options = ['--synclist-simplify', '--handler-allow'];
    const granted = [this.destination, this.state].map((path) => `${path}:rw`).join();
    return new Daemon(this.scope, [...commandOf('clsync'), ...words, ...options, granted]);
  }

  /** Starts a daemon; resolves when one portion is synced, and the call for the next one sleeps. */
  async held(): Promise<Daemon> {
    fs.writeFileSync(join(this.state, 'hold'), '');
    const daemon = this.start();
    await daemon.logged(A_PORTION);
    await daemon.until('the next call', () => daemon.find(/^sleep 600$/) !== undefined);
    return daemon;
  }

  release(): void {
    for (const name of ['hold', 'first']) fs.rmSync(join(this.state, name));
  }

  get copied(): number {
    return fs.readdirSync(this.destination, { recursive: true }).length;
  }

  assertEqual(): void {
    // rsync does not take the root's attributes from a list of names.
    const differences = compareTrees(this.source, this.destination).filter(
      ({ path }) => path !== '',
    );
    assert.deepEqual(differences, [], describeDifferences(differences));
  }
}

test(
  'TERM between two portions ends the daemon; the next start loses nothing',
  LIMIT,
  async (scope) => {
    const place = new Place(scope);
    const daemon = await place.held();
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
    await daemon.gone(place.base);
    const { copied } = place;
    assert.ok(copied < FILES, `${copied} copied`);
    place.release();
    await place.start().logged(/initial sync done/);
    place.assertEqual();
  },
);

test(
  'an executor that is KILLed between two portions is replaced, and nothing is lost',
  LIMIT,
  async (scope) => {
    const place = new Place(scope);
    const daemon = await place.held();
    const executor = daemon.find(/\/executor\/main\.js/);
    assert.ok(executor);
    place.release();
    process.kill(executor.pid, 'SIGKILL');
    await daemon.logged(/initial sync done/);
    place.assertEqual();
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
    await daemon.gone(place.base);
  },
);
