/** What `clsync web` serves, and to whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newExecutor, initialState } from '../../../src/master/state.js';
import { statusOf } from '../../../src/master/surface/status.js';
import { fromText } from '../../../src/shared/bytes.js';
import type { InstanceStatus } from '../../../src/shared/control-status.js';
import { durationOf } from '../../../src/shared/histogram.js';
import { Past } from '../../../src/shared/past.js';
import { application } from '../../../src/web/app.js';
import type { Shown } from '../../../src/web/app.js';
import { healthOf } from '../../../src/web/health.js';

const EVIL = '<script>alert(1)</script>"&';

function statusAt(second: number, more: Partial<InstanceStatus> = {}): InstanceStatus {
  const instance = { block: fromText('b'), label: fromText(EVIL), flags: 0n, given: 0n };
  const failed = { paths: 1, text: EVIL, names: EVIL, next: 5000, apart: 1 };
  const executor = {
    ...newExecutor(0),
    paths: second,
    latency: durationOf(second === 0 ? 0.001 : 0.3),
    lastFailure: { at: 0, report: failed },
  };
  const state = { ...initialState(0, instance), executors: new Map([['executor', executor]]) };
  const facts = {
    clsync: '1',
    source: EVIL,
    mode: 'direct' as const,
    monitor: 'inotify',
    sandbox: EVIL,
  };
  const status = statusOf({ ...state, status: 'running' }, { ...facts, destination: EVIL }, true);
  return { ...status, ...more };
}

function shown(...names: readonly string[]): Shown {
  const all = names.map((name) => {
    const past = new Past();
    for (let second = 0; second < 5; second++) past.add(statusAt(second), second * 1000);
    return { name, past, status: statusAt(4), reason: '' };
  });
  return { all, find: (name) => all.find((one) => one.name === name) };
}

const app = application(shown('www', EVIL), new Set(['localhost', '[::1]']));
const get = (path: string, host = 'localhost:8731', method = 'GET'): Promise<Response> =>
  Promise.resolve(app.request(`http://localhost${path}`, { method, headers: { host } }));

test('what daemons tell is shown as text', async () => {
  for (const path of ['/', '/instance/www', `/instance/${encodeURIComponent(EVIL)}`]) {
    const response = await get(path);
    const text = await response.text();
    assert.equal(response.status, 200, path);
    assert.match(text, /&lt;script&gt;/);
    assert.doesNotMatch(text, /<script>|\son\w+=/);
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(text, /https?:|style="/);
  }
});

test('only who calls it by its name is answered, and only looks', async () => {
  for (const host of ['localhost:8731', 'LOCALHOST', '[::1]:8731'])
    assert.equal((await get('/', host)).status, 200, host);
  for (const host of ['evil.example', 'localhost.evil.example', '', 'localhost:8731@evil'])
    for (const path of ['/', '/metrics', '/style.css', '/none'])
      assert.equal((await get(path, host)).status, 421, host);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    assert.equal((await get('/', 'localhost', method)).status, 405, method);
  for (const path of ['/none', '/instance/none', '/instance/', '/instance/../../etc/passwd'])
    assert.equal((await get(path)).status, 404, path);
});

test('/metrics has the figures of all, those of one that does not answer as far as known', async () => {
  const { all } = shown('www');
  const gone = { name: 'gone', past: new Past(), status: undefined, reason: '' };
  const served = application({ all: [...all, gone], find: () => undefined }, undefined);
  const response = await served.request('/metrics');
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  assert.match(text, /^clsync_up\{socket="www"\} 1\nclsync_up\{socket="gone"\} 0$/m);
  assert.match(text, /^clsync_latency_seconds_bucket\{.*le="0\.5"\} 1$/m);
  assert.match(text, /^# TYPE clsync_latency_seconds histogram$/m);
  assert.match(text, /^clsync_synced_paths_total\{.*\} 4$/m);
});

test('what is not well is told with what to do', () => {
  const [one] = statusAt(1).destinations;
  assert.ok(one);
  const of = (more: Partial<InstanceStatus>): unknown[] => {
    const { level, remedy } = healthOf('www', statusAt(1, more));
    return [level, remedy];
  };
  assert.deepEqual(of({}), ['good', '']);
  assert.deepEqual(of({ paused: true }), ['busy', 'clsync ctl --name www resume']);
  assert.deepEqual(of({ destinations: [{ ...one, failing: 2 }] }), [
    'bad',
    'clsync ctl --name www queue names them',
  ]);
  const [near, far] = ['near', 'far'].map((destination) => ({ ...one, destination, up: true }));
  const apart = statusAt(1, { destinations: [near ?? one, { ...(far ?? one), up: false }] });
  assert.equal(healthOf('www', apart).text, 'cannot sync to far');
  const held = { ...one, held: { paths: 3, reason: '' } };
  assert.match(String(of({ destinations: [held] })[1]), /approve$/);
  assert.equal(of({ status: 'hold on' })[0], 'bad');
  assert.match(healthOf('www', undefined).remedy, /journalctl -u clsync@www/);
});
