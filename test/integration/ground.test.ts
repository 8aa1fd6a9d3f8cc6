/** The ground goes and comes back: renamed, removed, unmounted, mounted over. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import type { MirrorOptions } from '../harness/mirror.js';
import { isInUse, makeDisk, mountAt, needsDisks } from '../harness/mounts.js';
import type { Mounted } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { killAll } from '../harness/processes.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { ORDINARY_USER, isRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };
const OTHER = /watch directory .* is not the one that was watched/;

/** Starts a mirror of one file with a status file. */
function start(scope: Scope, options: MirrorOptions = {}): Mirror {
  return new Mirror(scope, {
    prepare: (source) => fs.writeFileSync(`${source}/first`, 'x'),
    ...options,
    options: [
      '--status-file',
      `${stateOf(scope, options.user)}/status`,
      ...(options.options ?? []),
    ],
  });
}

const states = new WeakMap<Scope, string>();
function stateOf(scope: Scope, user?: User): string {
  const known = states.get(scope) ?? temporaryDirectory(scope, user);
  states.set(scope, known);
  return known;
}

/** Resolves once no role runs, so nothing can change the mirror. */
function holding(scope: Scope, mirror: Mirror): Promise<void> {
  return mirror.daemon.until(
    'the daemon to hold',
    () =>
      fs.readFileSync(`${stateOf(scope)}/status`, 'utf8') === 'hold on' &&
      mirror.daemon.roles().length === 0,
  );
}

const WAYS: Readonly<Record<string, (source: string) => void>> = {
  removed: (source) => fs.rmSync(source, { recursive: true }),
  'moved away': (source) => fs.renameSync(source, source + '.old'),
};
for (const user of isRoot ? [undefined, ORDINARY_USER] : [undefined]) {
  for (const [way, leave] of Object.entries(WAYS)) {
    test(
      `a source that is ${way} and made again is mirrored again when it is asked for, as ` +
        (user?.name ?? 'root'),
      LIMIT,
      async (scope) => {
        const mirror = start(scope, { ...(user && { user }) });
        await mirror.equal();
        leave(mirror.source);
        await mirror.daemon.logged(/watch directory .* is gone/);
        fs.mkdirSync(mirror.source);
        if (user) fs.chownSync(mirror.source, user.uid, user.gid);
        await mirror.daemon.logged(OTHER);
        await holding(scope, mirror);
        assert.deepEqual(fs.readdirSync(mirror.destination), ['first']);
        mirror.daemon.signal('SIGUSR2');
        await mirror.equal();
        fs.writeFileSync(`${mirror.source}/second`, 'z');
        if (user) fs.chownSync(`${mirror.source}/second`, user.uid, user.gid);
        await mirror.equal();
      },
    );
  }
}

test(
  'a source that is moved away and back is mirrored again without an order, also where the mirror ' +
    'and what is granted have got its owner',
  LIMIT,
  async (scope) => {
    const granted = temporaryDirectory(scope);
    const mirror = start(scope, { options: [`--handler-allow=${granted}:rw`] });
    await mirror.equal();
    if (isRoot)
      for (const path of [mirror.source, granted])
        fs.chownSync(path, ORDINARY_USER.uid, ORDINARY_USER.gid);
    await mirror.equal();
    fs.renameSync(mirror.source, `${mirror.base}/elsewhere`);
    await holding(scope, mirror);
    fs.writeFileSync(`${mirror.base}/elsewhere/second`, '');
    fs.renameSync(`${mirror.base}/elsewhere`, mirror.source);
    await mirror.equal();
  },
);

for (const [how, options, propagation, unmounting] of [
  ['', [], '--make-private', []],
  [' of handlers that see the host', ['--handler-view=host'], '--make-shared', []],
  [' with --compat', ['--compat'], '--make-private', []],
  // As with the C program, the working directory of handlers is busy.
  [' with --compat, where unmounts come through', ['--compat'], '--make-shared', ['--lazy']],
] as const) {
  test(
    `a source that is unmounted does not empty the mirror${how}, and is mirrored when it ` +
      'is mounted again',
    { ...LIMIT, skip: needsMounts() },
    async (scope) => {
      const base = temporaryDirectory(scope);
      mountAt(scope, ['-t', 'tmpfs', 'clsync-test'], base);
      execFileSync('mount', [propagation, base]);
      const disk = temporaryDirectory(scope);
      const first = mountAt(scope, ['--bind', disk], `${base}/source`);
      const mirror = start(scope, { base, options });
      await mirror.equal();
      first.unmount(...unmounting);
      // Killing a role at this moment must not make the daemon accept the directory that is there.
      killAll(mirror.daemon.processes().filter(({ command }) => /executor/.test(command)));
      await mirror.daemon.logged(OTHER);
      await holding(scope, mirror);
      assert.deepEqual(fs.readdirSync(mirror.destination), ['first']);
      fs.writeFileSync(`${disk}/second`, '');
      mountAt(scope, ['--bind', disk], mirror.source);
      await mirror.equal();
    },
  );
}

test(
  'a source that is mounted over: only the directory that was watched is mirrored',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const mirror = start(scope);
    await mirror.equal();
    const over = mountAt(scope, ['-t', 'tmpfs', 'clsync-test'], mirror.source);
    fs.writeFileSync(`${mirror.source}/foreign`, '');
    await mirror.daemon.logged(OTHER);
    await holding(scope, mirror);
    assert.deepEqual(fs.readdirSync(mirror.destination), ['first']);
    await until('the mount to be looked at by nobody', () => canUnmount(over));
    fs.writeFileSync(`${mirror.source}/second`, '');
    await mirror.equal();
  },
);

test('a destination that is renamed or removed, and made anew, is filled', LIMIT, async (scope) => {
  const mirror = start(scope);
  await mirror.equal();
  fs.renameSync(mirror.destination, `${mirror.destination}.old`);
  fs.mkdirSync(mirror.destination);
  await mirror.equal();
  fs.writeFileSync(`${mirror.source}/second`, '');
  await mirror.equal();
  assert.deepEqual(
    fs.readdirSync(`${mirror.destination}.old`),
    ['first'],
    'nothing goes where it was',
  );
  // It may have been seen to be gone above, too.
  const before = mirror.daemon.stderr.length;
  const said = (): number =>
    mirror.daemon.stderr.slice(before).match(/destination .* is gone: everything waits/g)?.length ??
    0;
  fs.rmSync(mirror.destination, { recursive: true });
  await mirror.daemon.until('the word that it is gone', () => said() > 0);
  await holding(scope, mirror);
  fs.writeFileSync(`${mirror.source}/third`, '');
  fs.mkdirSync(mirror.destination);
  await mirror.equal();
  assert.equal(said(), 1, 'it is said once');
});

test(
  'a lists directory that clsync had made, and someone removes, is made again',
  LIMIT,
  async (scope) => {
    const lists = `${temporaryDirectory(scope)}/lists`;
    const mirror = start(scope, { options: ['--lists-dir', lists] });
    await mirror.equal();
    // A sync that still runs may have a list there.
    await mirror.daemon.logged(/initial sync done/);
    fs.rmdirSync(lists);
    await mirror.daemon.until('the lists directory to be back', () => fs.existsSync(lists));
    fs.writeFileSync(`${mirror.source}/second`, '');
    await mirror.equal();
    await mirror.daemon.stop();
    assert.equal(fs.existsSync(lists), false);
  },
);

for (const options of [[], ['--compat'], ['--handler-view=host']]) {
  test(
    [
      'a disk that is the destination can be unmounted, and the next one is filled where it may be',
      ...options,
    ].join(', '),
    { ...LIMIT, skip: needsDisks },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const [one, two] = [makeDisk(`${base}/one`), makeDisk(`${base}/two`)];
      const first = mountAt(scope, ['-o', 'loop', one], `${base}/destination`);
      fs.rmdirSync(`${base}/destination/lost+found`);
      const mirror = start(scope, { base, options: ['--destination-may-change', ...options] });
      await mirror.equal();
      await until('the disk to be in no use by a sync', () => canUnmount(first));
      await until('the disk to be let go of', () => !isInUse(one));
      await mirror.daemon.logged(
        /destination .* is another one, nothing is mounted there any more: everything is synced/,
      );
      await mirror.equal();
      mountAt(scope, ['-o', 'loop', two], mirror.destination);
      // The daemon may have done so.
      fs.rmSync(`${mirror.destination}/lost+found`, { recursive: true, force: true });
      fs.writeFileSync(`${mirror.source}/second`, '');
      await mirror.equal();
    },
  );
}

/** What a sync or a look at it has open cannot be unmounted. */
function canUnmount(disk: Mounted): boolean {
  try {
    disk.unmount();
    return true;
  } catch {
    return false;
  }
}

test(
  'the mount point of a destination that is unmounted is not filled, nor is another disk: it is ' +
    'said once, and approved or back it goes on',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [disk, other] = [temporaryDirectory(scope), temporaryDirectory(scope)];
    mountAt(scope, ['-t', 'tmpfs', 'clsync-test', '-o', 'mode=755'], disk);
    mountAt(scope, ['-t', 'tmpfs', 'clsync-other', '-o', 'mode=755'], other);
    const first = mountAt(scope, ['--bind', disk], `${base}/destination`);
    const mirror = start(scope, { base });
    const { source, destination, daemon } = mirror;
    await mirror.equal();
    await until('the first disk to be let go of', () => canUnmount(first));
    await daemon.logged(
      /destination .* is not the one that was filled: .*: everything waits until the right one is back; --destination-may-change would fill this one/,
    );
    await holding(scope, mirror);
    fs.writeFileSync(`${source}/second`, '');
    assert.deepEqual(fs.readdirSync(destination), []);
    const second = mountAt(scope, ['--bind', disk], destination);
    await mirror.equal();
    await until('the first disk to be let go of', () => canUnmount(second));
    const third = mountAt(scope, ['--bind', other], destination);
    await daemon.logged(
      /another file system is there now \(tmpfs clsync-other\): everything waits/,
    );
    await holding(scope, mirror);
    assert.deepEqual(fs.readdirSync(destination), []);
    daemon.signal('SIGUSR2');
    await mirror.equal();
    await until('the other disk to be let go of', () => canUnmount(third));
    await daemon.logged(/(is not the one that was filled[^]*){3}/);
  },
);
