/** The file of --metrics-file, and the alert rules of docs/. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Ctl } from '../harness/ctl.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { needsPromtool, promtool } from '../harness/promtool.js';
import { read, startMirror } from '../harness/running-mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';

test('--metrics-file follows the daemon, and is removed with it', async (scope) => {
  const words = ['--socket=socket', '-lwww', '--metrics-file=www.prom', '-Mmirror'];
  const { base, daemon } = await startMirror(scope, words);
  const path = `${base}/www.prom`;
  // While it is open, its number is not given to another.
  const first = fs.openSync(path, 'r');
  scope.after(() => fs.closeSync(first));
  fs.writeFileSync(`${base}/source/second`, 'four');
  new Ctl(base).order('flush', `--timeout=${PATIENCE / 1000}`);
  const labels = `name="www",destination="${base}/destination"`;
  const valueOf = (name: string): number =>
    Number(read(path).split(`\n${name}{${labels}} `)[1]?.split('\n', 1)[0]);
  const memory = /^clsync_process_resident_memory_bytes\{name="www",role="executor"\} (\d+)$/m;
  // Each role says what it has counted when it comes to that.
  const signs: Readonly<Record<string, () => boolean>> = {
    'the bytes': () => valueOf('clsync_copied_bytes_total') === 4,
    latencies: () => valueOf('clsync_latency_seconds_count') > 0,
    'their sum': () => valueOf('clsync_latency_seconds_sum') > 0,
    // Of Node, not of the small program that it was started by.
    memory: () => Number(memory.exec(read(path))?.[1]) > 10 << 20,
    events: () => /^clsync_events_total\{name="www"\} [1-9]/m.test(read(path)),
  };
  for (const [what, holds] of Object.entries(signs))
    await daemon.until(what, holds, { detail: () => read(path) });
  assert.notEqual(fs.statSync(path).ino, fs.fstatSync(first).ino);
  if (needsPromtool === false) promtool(['check', 'metrics'], read(path));
  fs.unlinkSync(path);
  await until('the file to be there again', () => fs.existsSync(path));
  await daemon.stop();
  assert.equal(fs.existsSync(path), false);
});

test('a file that cannot be written ends the start', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) fs.mkdirSync(`${base}/${name}`);
  const words = ['-Mmirror', '-Wsource', '-Ddestination', '--metrics-file=gone/www.prom'];
  const daemon = new Daemon(scope, [...commandOf('clsync'), ...words], { cwd: base });
  assert.notEqual((await daemon.exited).code, 0);
  assert.match(daemon.stderr, /^error: --metrics-file: .*gone/m);
});

test('each alert comes when it should, and only then', { skip: needsPromtool }, (scope) => {
  const base = temporaryDirectory(scope);
  const rules = fs.readFileSync(`${FILES.root}docs/alerts.yml`, 'utf8');
  fs.writeFileSync(`${base}/alerts.yml`, rules);
  const tests = fs.readFileSync(`${FILES.root}test/integration/alerts-test.yml`, 'utf8');
  fs.writeFileSync(`${base}/alerts-test.yml`, tests);
  promtool(['test', 'rules', `${base}/alerts-test.yml`]);
  const names = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  const table = fs.readFileSync(`${FILES.root}docs/monitoring.md`, 'utf8');
  for (const name of names) {
    assert.match(tests, new RegExp(`alertname: ${name}\\n[^]*?exp_alerts:\\n *- `), name);
    assert.ok(table.includes(`| \`${name}\` |`), name);
  }
});
