/** However the daemon ends, no process and no temporary file of it is left. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { isRunning, readOf } from '../harness/processes.js';
import { makeManyFiles } from '../harness/samples.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { ORDINARY_USER, needsRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';

async function start(
  scope: TestContext,
  user?: User,
): Promise<{ mirror: Mirror; temporary: string }> {
  const temporary = subdirectory(temporaryDirectory(scope), 'tmp', user);
  const mirror = new Mirror(scope, {
    user,
    environment: { ...process.env, TMPDIR: temporary },
    prepare: (source) => fs.writeFileSync(source + '/first', ''),
  });
  await mirror.daemon.until('the initial sync', () => fs.existsSync(mirror.destination + '/first'));
  return { mirror, temporary };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} ends an idle daemon with 0`, { timeout: DEADLINE }, async (scope) => {
    const { mirror, temporary } = await start(scope);
    assert.deepEqual(await mirror.daemon.stop(signal), { code: 0, signal: null });
    await mirror.daemon.gone(mirror.base);
    assert.deepEqual(fs.readdirSync(temporary), []);
  });

  test(`${signal} ends a busy daemon with 0`, { timeout: DEADLINE }, async (scope) => {
    const { mirror, temporary } = await start(scope);
    makeManyFiles(mirror.source, 3000, 100);
    await mirror.daemon.until('a sync', () => fs.readdirSync(mirror.destination).length > 1, {
      every: 5,
    });
    assert.deepEqual(await mirror.daemon.stop(signal), { code: 0, signal: null });
    await mirror.daemon.gone(mirror.base);
    assert.deepEqual(fs.readdirSync(temporary), []);
  });
}

test(
  'an order to end that comes while it starts is not lost',
  { timeout: DEADLINE },
  async (scope) => {
    const socket = `${temporaryDirectory(scope)}/socket`;
    const { daemon, base } = new Mirror(scope, { options: ['--socket', socket] });
    await daemon.until('its socket', () => fs.existsSync(socket), { every: 1 });
    assert.deepEqual(await daemon.stop('SIGTERM'), { code: 0, signal: null });
    await daemon.gone(base);
  },
);

for (const [who, user] of [
  ['the invoking user', undefined],
  ['an ordinary user', ORDINARY_USER],
] as const) {
  test(
    `nothing is left of a KILLed master, as ${who}`,
    { skip: user && needsRoot, timeout: DEADLINE },
    async (scope) => {
      const { mirror } = await start(scope, user);
      assert.ok(mirror.daemon.processes().length >= 2, 'watcher and executor run');
      await mirror.daemon.stop('SIGKILL');
      await mirror.daemon.gone(mirror.base);
    },
  );
}

test(
  'a KILLed master leaves no pid file, status file or socket',
  { timeout: DEADLINE },
  async (scope) => {
    const directory = temporaryDirectory(scope);
    const mirror = new Mirror(scope, {
      options: [
        ...['--pid-file', `${directory}/pid`, '--status-file', `${directory}/status`],
        ...['--socket', `${directory}/socket`],
      ],
      prepare: (source) => fs.writeFileSync(source + '/first', ''),
    });
    const status = `${directory}/status`;
    await mirror.daemon.until(
      'the daemon to run',
      () => fs.existsSync(status) && fs.readFileSync(status, 'utf8') === 'running',
    );
    assert.deepEqual(fs.readdirSync(directory).sort(), ['pid', 'socket', 'status']);
    await mirror.daemon.stop('SIGKILL');
    await mirror.daemon.gone(mirror.base);
    assert.deepEqual(fs.readdirSync(directory), []);
  },
);

test('a KILLed monitor ends the daemon with an error', { timeout: DEADLINE }, async (scope) => {
  const { mirror } = await start(scope);
  const monitor = mirror.daemon.find(/clsync-monitor$/);
  assert.ok(monitor);
  process.kill(monitor.pid, 'SIGKILL');
  await mirror.daemon.logged(/the monitor, which starts the roles, ended unexpectedly/);
  await mirror.daemon.until('the end', () => mirror.daemon.exit !== undefined);
  assert.deepEqual(mirror.daemon.exit, { code: 70, signal: null });
  await mirror.daemon.gone(mirror.base);
});

test('nothing is left of a master KILLed during a sync', { timeout: DEADLINE }, async (scope) => {
  const { mirror } = await start(scope);
  let written = 0;
  const isSyncing = (): boolean => {
    // A sync may be over before the processes are looked at: there is another one then.
    for (let i = 0; i < 100; i++) fs.writeFileSync(`${mirror.source}/more${written++}`, 'x');
    return mirror.daemon.find(/rsync/) !== undefined;
  };
  await mirror.daemon.until('rsync', isSyncing, { every: 5 });
  await mirror.daemon.stop('SIGKILL');
  await mirror.daemon.gone(mirror.base);
});

for (const role of ['watcher', 'executor']) {
  test(
    `a KILLed ${role} is replaced, and changes made meanwhile arrive`,
    { timeout: DEADLINE },
    async (scope) => {
      const { mirror } = await start(scope);
      const victim = mirror.daemon.find(new RegExp(`/${role}/main\\.js`));
      assert.ok(victim, `no ${role} among ${JSON.stringify(mirror.daemon.processes())}`);
      process.kill(victim.pid, 'SIGKILL');
      await until(`the end of the ${role}`, () => !isRunning(victim));
      fs.renameSync(mirror.source + '/first', mirror.source + '/renamed');
      fs.mkdirSync(mirror.source + '/directory');
      fs.writeFileSync(mirror.source + '/directory/file', 'x');
      await mirror.equal();
      assert.deepEqual(await mirror.daemon.stop('SIGTERM'), { code: 0, signal: null });
      await mirror.daemon.gone(mirror.base);
    },
  );
}

test(
  'roles are replaced although the destination has got another owner, as the source has',
  { skip: needsRoot, timeout: DEADLINE },
  async (scope) => {
    const { mirror } = await start(scope);
    fs.chownSync(mirror.source, ORDINARY_USER.uid, ORDINARY_USER.gid);
    await mirror.equal();
    const victim = mirror.daemon.find(/\/executor\/main\.js/);
    assert.ok(victim);
    process.kill(victim.pid, 'SIGKILL');
    await until('the end of the executor', () => !isRunning(victim));
    fs.writeFileSync(mirror.source + '/second', 'x');
    await mirror.equal();
  },
);

/** The directories of the copies of system files that the roles are shown. */
function copiesShownTo({ daemon }: Mirror): string[] {
  const mounts = daemon
    .processes()
    .map(({ pid }) => readOf(pid, 'mountinfo'))
    .join('');
  return [...new Set(mounts.match(/clsync-copies-[0-9a-f]+/g) ?? [])].map((name) => `/run/${name}`);
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(
    `no copies of system files are left by ${signal}`,
    { timeout: DEADLINE, skip: needsRoot },
    async (scope) => {
      const { mirror } = await start(scope);
      const copies = copiesShownTo(mirror);
      await mirror.daemon.stop(signal);
      await mirror.daemon.gone(mirror.base);
      await until('the end of the copies', () => !copies.some((path) => fs.existsSync(path)));
    },
  );
}
