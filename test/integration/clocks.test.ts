/** Clocks that differ from what is usual, and times of files from long ago or far ahead. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { arrives, startMirror } from '../harness/running-mirror.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE } from '../harness/until.js';

/** Seconds since 1970: 1938, the first second, the last of 32 bits and later, 2106 and later. */
const TIMES = [-1_000_000_000, -1, 0, 2 ** 31 - 1, 2 ** 31 + 86_400, 2 ** 32 + 86_400];

for (const mode of ['rsyncdirect', 'mirror'])
  test(`files from before 1970 and after 2038 are mirrored once, and their changes are: ${mode}`, async (scope) => {
    const mirror = await startMirror(scope, [`-M${mode}`, '--socket=socket'], {}, {}, (base) => {
      for (const time of TIMES) write(`${base}/source/before ${time}`, time);
    });
    const { base, daemon } = mirror;
    await daemon.logged(/initial sync done/);
    for (const time of TIMES) write(`${base}/source/later ${time}`, time);
    const isCopied = (name: string): boolean => {
      const [one, other] = ['source', 'destination'].map((place) =>
        fs.lstatSync(`${base}/${place}/${name}`, {
          throwIfNoEntry: false,
          bigint: true,
        }),
      );
      return one !== undefined && one.mtimeNs === other?.mtimeNs;
    };
    for (const time of TIMES)
      for (const kind of ['before', 'later'])
        await daemon.until(`${kind} ${time} to be equal`, () => isCopied(`${kind} ${time}`));
    new Ctl(base).order('flush', `--timeout=${PATIENCE / 1000}`);
    // What is synced over and over is synced beside these.
    const other = async (number: number): Promise<void> => {
      fs.writeFileSync(`${base}/source/${number}`, '');
      await arrives(mirror, String(number));
      await daemon.logged(new RegExp(` info: synced .*"${number}"`));
    };
    await other(0);
    const before = daemon.stderr.length;
    for (const number of [1, 2, 3, 4, 5]) await other(number);
    assert.doesNotMatch(daemon.stderr.slice(before), / synced .*"(before|later) /);
  });

const offsets = ['--monotonic=8640000', '--boottime=17280000'];
const needsTime =
  spawnSync('unshare', ['--time', ...offsets, 'true']).status === 0
    ? false
    : 'needs time namespaces and the right to make them';

test(
  'a daemon whose monotonic clock is months ahead, as after sleep, syncs what changes',
  { skip: needsTime },
  async (scope) => {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'destination']) subdirectory(base, name);
    const daemon = new Daemon(
      scope,
      [
        ...['unshare', '--time', '--fork', '--kill-child', ...offsets],
        ...commandOf('clsync'),
        ...['-Mrsyncdirect', '-Wsource', '-Ddestination', '-t0', '-w0', '-H/NULL/'],
      ],
      { cwd: base, environment: { ...process.env, HOME: base } },
    );
    await daemon.logged(/initial sync done/);
    fs.writeFileSync(`${base}/source/f`, '');
    await arrives({ base, daemon }, 'f');
    fs.renameSync(`${base}/source/f`, `${base}/source/g`);
    await arrives({ base, daemon }, 'g');
    await daemon.until('f to go', () => !fs.existsSync(`${base}/destination/f`));
    // What is written through a name that has gone is searched by the time of the event.
    fs.linkSync(`${base}/source/g`, `${base}/source/other`);
    await arrives({ base, daemon }, 'other');
    const open = fs.openSync(`${base}/source/g`, 'r');
    fs.unlinkSync(`${base}/source/g`);
    await daemon.until('g to go', () => !fs.existsSync(`${base}/destination/g`));
    fs.fchmodSync(open, 0o400);
    await daemon.until(
      'its other name to have the mode',
      () => (fs.statSync(`${base}/destination/other`).mode & 0o777) === 0o400,
    );
    fs.closeSync(open);
  },
);

function write(path: string, seconds: number): void {
  fs.writeFileSync(path, path);
  fs.utimesSync(path, seconds, seconds);
}
