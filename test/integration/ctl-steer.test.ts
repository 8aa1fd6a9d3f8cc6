/** To ask a running daemon, and to steer it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { ControlClient } from '../../src/client/control.js';
import type { InstanceEvent, InstanceStatus } from '../../src/shared/control-status.js';
import { FILES } from '../../src/shared/layout.js';
import { Ctl } from '../harness/ctl.js';
import { makeImmutable } from '../harness/immutable.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { arrives, read, startMirror } from '../harness/running-mirror.js';
import { faults } from '../harness/schema.js';
import { atEnd } from '../harness/temporary.js';
import { DEADLINE, PATIENCE, until } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const SCHEMA = JSON.parse(fs.readFileSync(`${FILES.root}docs/control.schema.json`, 'utf8')) as {
  readonly $defs: Readonly<Record<'status' | 'pending' | 'event' | 'flush', object>>;
};

const SLOW = ['--socket=socket', '-t3600', '-w0'];

test('status: what people and programs are told', async (scope) => {
  const running = await startMirror(scope, ['--socket=socket', '-lwww']);
  const { base } = running;
  fs.writeFileSync(`${base}/source/second`, '');
  await running.daemon.logged(/synced 1 path/);
  const ctl = new Ctl(base);
  const status = ctl.told('status') as InstanceStatus;
  assert.deepEqual(faults(SCHEMA.$defs.status, status), []);
  assert.deepEqual(
    [status.version, status.label, status.source, status.mode, status.status, status.paused],
    [1, 'www', `${base}/source`, 'rsyncdirect', 'running', false],
  );
  const [destination] = status.destinations;
  assert.deepEqual(
    [destination?.destination, destination?.lastSync?.names, destination?.failures],
    [`${base}/destination`, ['second'], 0],
  );
  const { stdout } = ctl.ask('status');
  assert.match(stdout, /^clsync \S+, label www, process \d+\n/);
  assert.match(stdout, new RegExp(`^  destination +${base}/destination$`, 'm'));
  assert.match(stdout, /^  last sync +[\d.]+ s ago: 1 path in [\d.]+ s: "second"$/m);
});

test(
  'status: how each mount below is watched',
  { skip: needsMounts(), timeout: PATIENCE },
  async (scope) => {
    const disk = ['-t', 'tmpfs', 'clsync-test'];
    const words = ['--socket=socket', '--monitor=fanotify'];
    const { base } = await startMirror(scope, words, {}, {}, (at) => {
      mountAt(scope, disk, `${at}/source`);
      fs.mkdirSync(`${at}/source/part`);
      mountAt(scope, disk, `${at}/source/a disk`);
      mountAt(scope, ['--bind', `${at}/source/part`], `${at}/source/twice`);
    });
    const ctl = new Ctl(base);
    const status = ctl.told('status') as InstanceStatus;
    assert.deepEqual(faults(SCHEMA.$defs.status, status), []);
    assert.deepEqual(status.mounts, [
      { path: 'a disk', monitor: 'inotify' },
      { path: 'twice', monitor: 'fanotify' },
    ]);
    assert.match(ctl.ask('status').stdout, /^  mounts +a disk \(inotify\), twice \(fanotify\)$/m);
  },
);

test('queue: what waits, where and how long; pause and resume', async (scope) => {
  const running = await startMirror(scope, SLOW);
  const { base, daemon } = running;
  const ctl = new Ctl(base);
  for (const name of ['one', 'two']) fs.mkdirSync(`${base}/source/${name}`);
  fs.writeFileSync(`${base}/source/one/file`, '');
  let names: readonly string[] = [];
  const arePending = (): boolean => {
    names = ctl.pending();
    return names.includes('one') && names.includes('two');
  };
  await until('both', arePending, { every: 200, detail: () => names.join(' ') });
  assert.match(ctl.ask('queue', 'two').stdout, /^QUEUE +AGE.*\nnormal +[\d.]+ s +0 +- +two\n$/);
  assert.equal(ctl.ask('queue', '../x').status, 1);
  assert.equal(ctl.ask('pause').status, 0);
  ctl.ask('set', 'delay-collect', '0');
  const status = (): InstanceStatus => ctl.told('status') as InstanceStatus;
  assert.deepEqual([status().paused, status().status], [true, 'hold on']);
  const flushed = ctl.ask('flush');
  assert.deepEqual([flushed.status, /paused/.test(flushed.stderr)], [75, true]);
  assert.equal(fs.existsSync(`${base}/destination/two`), false);
  assert.equal(ctl.ask('resume').status, 0);
  await arrives(running, 'two');
  await daemon.logged(/paused: no handler[^]*resumed/);
});

test('a pause outlasts the daemon with --state-dir', async (scope) => {
  const first = await startMirror(scope, ['--socket=socket', '--state-dir=state']);
  const { base } = first;
  assert.equal(new Ctl(base).ask('pause').status, 0);
  assert.match(read(`${base}/state/records`), /"paused":true/);
  await first.daemon.stop();
  fs.writeFileSync(`${base}/source/later`, '');
  const again = first.again();
  await again.daemon.logged(/paused: no handler/);
  await again.daemon.logged(/watching/);
  const ctl = new Ctl(base);
  await until('the change to wait', () => ctl.ask('queue').stdout.includes('later'), {
    every: 200,
  });
  assert.equal(fs.existsSync(`${base}/destination/later`), false);
  ctl.ask('resume');
  await arrives(again, 'later');
});

test('an order is answered when the roles have it', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['--socket=socket']);
  const [orders, other] = await Promise.all([
    ControlClient.connect(`${base}/socket`),
    ControlClient.connect(`${base}/socket`),
  ]);
  for (const [role, order, said] of [
    ['executor', () => orders.pause(), /paused: no handler/],
    ['watcher', () => orders.resync(), /a full sync was asked for/],
  ] as const) {
    const { pid } = daemon.find(new RegExp(`/${role}/main\\.js`)) ?? assert.fail(role);
    process.kill(pid, 'SIGSTOP');
    atEnd(scope, () => void process.kill(pid, 'SIGCONT'));
    let isAnswered = false;
    const answered = order().then(() => (isAnswered = true));
    await daemon.logged(said);
    await other.version();
    assert.equal(isAnswered, false, role);
    process.kill(pid, 'SIGCONT');
    await answered;
  }
  orders.close();
  other.close();
});

test('flush says what is not at the destination, and why', { skip: needsRoot }, async (scope) => {
  const running = await startMirror(scope, SLOW);
  const { base } = running;
  const immutable = makeImmutable(scope, `${base}/destination/first`);
  if (immutable === undefined) return scope.skip('this file system has no immutable files');
  for (const name of ['first', 'good']) fs.writeFileSync(`${base}/source/${name}`, 'changed');
  const ctl = new Ctl(base);
  const { status, stderr } = ctl.ask('flush');
  assert.equal(status, 75);
  assert.match(
    stderr,
    /^error: 1 path is not at the destination: they fail: "first"; clsync ctl queue tells since when and why\n$/,
  );
  assert.equal(read(`${base}/destination/good`), 'changed');
  const answers = { flush: ctl.ask('--json', 'flush'), pending: ctl.ask('--json', 'queue') };
  const told = { ...answers, event: ctl.ask('events'), status: ctl.ask('--json', 'status') };
  for (const [kind, { stdout }] of Object.entries(told)) {
    const lines = stdout.split('\n').slice(0, -1);
    assert.ok(lines.length > 0, kind);
    for (const line of lines)
      assert.deepEqual(faults(SCHEMA.$defs[kind as keyof typeof told], JSON.parse(line)), [], line);
  }
});

test('events: each sync and failure, also those to come', async (scope) => {
  const running = await startMirror(scope, ['--socket=socket']);
  const { base } = running;
  const child = new Ctl(base).start('events', '--follow');
  atEnd(scope, () => void child.kill());
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => (text += more));
  const events = (): InstanceEvent[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as InstanceEvent);
  const detail = (): string => text;
  await until('the initial sync', () => events().some(({ event }) => event === 'synced'), {
    detail,
  });
  fs.writeFileSync(`${base}/source/second`, '');
  const isNext = (one: InstanceEvent): boolean =>
    one.event === 'synced' && one.names.includes('second');
  await until('the next one', () => events().some(isNext), { detail });
  child.kill();
  await once(child, 'exit');
});

test('log-level, and a sync of a part of the tree', async (scope) => {
  const { base, daemon } = await startMirror(scope, ['--socket=socket']);
  const ctl = new Ctl(base);
  fs.mkdirSync(`${base}/source/d`);
  assert.equal(ctl.ask('flush').status, 0);
  assert.equal(ctl.ask('log-level', 'debug3').status, 0);
  assert.equal(ctl.ask('log-level', 'loud').status, 1);
  fs.writeFileSync(`${base}/source/d/file`, '');
  await daemon.logged(/debug3: event: /);
  fs.writeFileSync(`${base}/destination/d/foreign`, '');
  assert.equal(ctl.ask('resync', 'd').status, 0);
  await until('what is foreign to go', () => !fs.existsSync(`${base}/destination/d/foreign`));
});

/** Writes and flushes, so many times; each time what was written must be there. */
const FLUSHES = Number(process.env.CLSYNC_FLUSHES ?? 15);

test(
  `flush: what was written before is at the destination, ${FLUSHES} times under churn`,
  { timeout: 5 * DEADLINE },
  async (scope) => {
    // Without it nothing would be synced for an hour.
    const { base } = await startMirror(scope, SLOW);
    for (const name of ['churn', 'moved']) fs.mkdirSync(`${base}/source/${name}`);
    const client = await ControlClient.connect(`${base}/socket`);
    let isOver = false;
    let writes = 0;
    const churn = async (): Promise<void> => {
      for (; !isOver; writes++) {
        const path = `${base}/source/churn/${writes % 50}`;
        if (writes % 3 === 0) await fs.promises.rm(path, { recursive: true, force: true });
        else if (writes % 7 === 0) await fs.promises.mkdir(path).catch(() => undefined);
        else await fs.promises.writeFile(path, String(writes)).catch(() => undefined);
      }
    };
    const churning = [churn(), churn()];
    try {
      for (let round = 0; round < FLUSHES; round++) {
        const text = `round ${round}`;
        const name = `file ${round % 5}`;
        fs.writeFileSync(`${base}/source/${name}`, text);
        fs.writeFileSync(`${base}/source/moved/${round}`, text);
        if (round > 0)
          fs.renameSync(`${base}/source/moved/${round - 1}`, `${base}/source/moved/to ${round}`);
        const { left, text: why } = await client.flush(PATIENCE);
        assert.equal(left, 0, why);
        assert.equal(read(`${base}/destination/${name}`), text, `round ${round}`);
        assert.equal(read(`${base}/destination/moved/${round}`), text, `round ${round}`);
        if (round > 0) {
          const there = (path: string): boolean =>
            fs.existsSync(`${base}/destination/moved/${path}`);
          assert.deepEqual([there(String(round - 1)), there(`to ${round}`)], [false, true]);
        }
      }
    } finally {
      isOver = true;
      await Promise.all(churning);
      client.close();
    }
    assert.ok(writes > FLUSHES, `${writes} writes meanwhile`);
  },
);

test('what changes nothing says so; levels have numbers, too', async (scope) => {
  const running = await startMirror(scope, ['--socket=socket', '-d4']);
  const { base, daemon } = running;
  const ctl = new Ctl(base);
  assert.deepEqual(ctl.ask('approve'), { status: 0, stdout: '', stderr: 'nothing is held\n' });
  const gone = ctl.ask('resync', 'nosuch');
  assert.equal(gone.status, 0);
  assert.match(gone.stderr, /^there is no "nosuch" in \/.*\/source: /);
  assert.equal(ctl.ask('resync').stderr, '');
  fs.writeFileSync(`${base}/source/new`, '');
  await daemon.logged(/synced [12] paths?.*"new"/);
  for (const word of ['pause', 'resume']) ctl.order(word);
  await daemon.logged(/resumed[^]*status \{"status":2\}/);
  assert.doesNotMatch(daemon.stderr, /standing by/, 'the pause has been logged');
  assert.match(daemon.stderr, /debug4: executor to master: synced .*"latencies":"\d+ bytes"/);
  ctl.order('log-level', '3');
  await daemon.logged(/debug3: /);
  ctl.order('log-level', '0');
  assert.match(
    ctl.ask('log-level', '6').stderr,
    /^error: the levels are error, .*debug5, and 0 to/,
  );
});
