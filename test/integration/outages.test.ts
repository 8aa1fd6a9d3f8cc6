/**
 * Destinations that fail for a while: what is pending waits, the handler is called as often as the
 * delays say, and the return is noticed by itself.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { makeImmutable } from '../harness/immutable.js';
import { Mirror } from '../harness/mirror.js';
import type { MirrorOptions } from '../harness/mirror.js';
import { mountAt, remount } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { needsSshd, startRsyncDaemon, startSshd } from '../harness/servers.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const AGAIN = /(?:tried again by|trying again in)/g;
/** Tries that are waited for while the destination fails. */
const TRIES = 3;
/** Calls of one try: a part of the paths may be tried apart, to find out which of them fail. */
const CALLS = 8;

interface Outage {
  begin(): unknown;
  end(): unknown;
}

/** An rsync that counts its calls. */
class Counted {
  readonly program: string;
  private readonly log: string;

  constructor(scope: Scope) {
    const directory = temporaryDirectory(scope);
    const written = subdirectory(directory, 'written');
    fs.chmodSync(written, 0o777);
    this.program = `${directory}/rsync`;
    this.log = `${written}/calls`;
    const script = `#!/bin/sh\necho "$*" >>${this.log}\nexec rsync "$@"\n`;
    fs.writeFileSync(this.program, script, { mode: 0o755 });
    this.options = ['-S', this.program, `--handler-allow=${written}:rw`];
  }

  readonly options: readonly string[];

  get calls(): number {
    const lines = fs.existsSync(this.log) ? fs.readFileSync(this.log, 'latin1').split('\n') : [];
    return lines.filter((line) => line.includes('--from0')).length;
  }
}

async function survives(
  scope: Scope,
  options: MirrorOptions,
  outage: (counted: Counted) => Outage,
  copy?: string,
  wanted = TRIES,
): Promise<void> {
  const counted = new Counted(scope);
  const mirror = new Mirror(scope, {
    ...options,
    options: [...counted.options, ...(options.options ?? [])],
    prepare: (source) => fs.writeFileSync(`${source}/first`, 'first'),
  });
  const { source, daemon } = mirror;
  await arrived(mirror, copy);
  const { begin, end } = outage(counted);
  await begin();
  const before = counted.calls;
  for (const name of ['a', 'b', 'c', 'first'])
    fs.writeFileSync(`${source}/${name}`, Buffer.alloc(100_000, name));
  const tries = (): number => daemon.stderr.match(AGAIN)?.length ?? 0;
  await daemon.until(`${wanted} tries`, () => tries() >= wanted);
  const calls = counted.calls - before;
  assert.ok(calls <= CALLS * (tries() + 1), `${calls} calls for ${tries()} tries`);
  await end();
  await arrived(mirror, copy);
  // Killed with all its processes in a call, one whose handlers see the host's /tmp leaves lists.
  assert.equal((await daemon.stop()).code, 0, daemon.output);
}

/** Waits until every file of the source has its copy. */
async function arrived({ source, daemon, destination }: Mirror, copy = destination): Promise<void> {
  const read = (path: string): string =>
    fs.existsSync(path) ? fs.readFileSync(path, 'latin1') : '-';
  let missing: readonly string[] = [];
  const isComplete = (): boolean => {
    missing = fs
      .readdirSync(source)
      .filter((name) => read(`${copy}/${name}`) !== read(`${source}/${name}`));
    return missing.length === 0;
  };
  await daemon.until('all files', isComplete, {
    detail: () => `not there: ${missing.join(', ')}; there: ${fs.readdirSync(copy).join(', ')}`,
  });
}

/** A small disk with the destination, and its mount point. */
function onDisk(scope: Scope): { readonly base: string; readonly disk: string } {
  const base = temporaryDirectory(scope);
  const disk = `${base}/destination`;
  mountAt(scope, ['-t', 'tmpfs', '-o', 'size=1m,mode=755', 'clsync-test'], disk);
  return { base, disk };
}

test('a destination that is full', { skip: needsMounts(), timeout: DEADLINE }, async (scope) => {
  const { base, disk } = onDisk(scope);
  // Beside the mirror, on the same disk.
  const other = temporaryDirectory(scope);
  mountAt(scope, ['--bind', disk], other);
  subdirectory(other, 'mirror');
  const copy = `${disk}/mirror`;
  const full = {
    begin: () => fs.writeFileSync(`${other}/filler`, Buffer.alloc((1 << 20) - 32_768)),
    end: () => fs.rmSync(`${other}/filler`),
  };
  await survives(scope, { base, destination: () => copy }, () => full, copy);
});

test(
  'a destination that is read-only',
  { skip: needsMounts(), timeout: DEADLINE },
  async (scope) => {
    const { base, disk } = onDisk(scope);
    await survives(scope, { base }, () => ({
      begin: () => remount(disk, 'ro'),
      end: () => remount(disk, 'rw'),
    }));
  },
);

test('a host that is down, by ssh', { skip: needsSshd, timeout: DEADLINE }, async (scope) => {
  const server = await startSshd(scope);
  const options: MirrorOptions = {
    destination: (path) => `${server.host}:${path}`,
    environment: server.environment,
    // A connection that is open outlives the server.
    options: ['--handler-allow', server.directory, '--keep-connection=0'],
  };
  await survives(scope, options, () => ({ begin: server.stop, end: server.startAgain }));
});

test('an rsync daemon that is down', { skip: needsRoot, timeout: DEADLINE }, async (scope) => {
  const base = temporaryDirectory(scope);
  const server = await startRsyncDaemon(scope, `${base}/destination`);
  await survives(scope, { base, destination: () => server.url }, () => ({
    begin: server.stop,
    end: server.startAgain,
  }));
});

test(
  'a host that does not answer at all is given up before the kernel does it',
  { skip: needsRoot, timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const copy = `${base}/destination`;
    const server = await startRsyncDaemon(scope, copy);
    const outage = { begin: server.vanish, end: () => server.stop().then(server.startAgain) };
    await survives(scope, { base, destination: () => server.url }, () => outage, undefined, 1);
  },
);

test('a handler that is missing', { skip: needsRoot, timeout: DEADLINE }, async (scope) => {
  await survives(scope, { options: ['-r0', '--handler-view=host'] }, ({ program }) => ({
    begin: () => fs.renameSync(program, `${program}.away`),
    end: () => fs.renameSync(`${program}.away`, program),
  }));
});

/** Modes whose handlers copy to the destination, each so that one path fails. */
const MODES: Readonly<
  Record<string, { readonly words: readonly string[]; readonly script?: string }>
> = {
  rsyncdirect: { words: ['-Mrsyncdirect'] },
  simple: {
    words: ['-Msimple', '-r0'],
    script: 'test -d "$4" || cp -a "$4" DESTINATION/',
  },
  direct: { words: ['-Mdirect', '-r0'], script: 'shift; cp -a --parents "$@"' },
  shell: {
    words: ['-Mshell', '-r0'],
    script:
      's=0; while read -r _ _ _ f; do [ -z "$f" ] || cp -a --parents "$f" DESTINATION/ || s=1; ' +
      'done <"$3"; exit $s',
  },
  rsyncshell: {
    words: ['-Mrsyncshell', '-r0'],
    script:
      'exec rsync -a --modify-window=-1 --delete --exclude-from="$4" --include-from="$3" "--exclude=*" ./ DESTINATION/',
  },
};

for (const [mode, { words, script }] of Object.entries(MODES)) {
  test(
    `mode ${mode}: a name that the destination refuses is named and tried apart, the rest arrives`,
    { skip: needsRoot, timeout: DEADLINE },
    async (scope) => {
      const base = temporaryDirectory(scope);
      const destination = subdirectory(base, 'destination');
      const handler = `${temporaryDirectory(scope)}/handler`;
      if (script !== undefined)
        fs.writeFileSync(
          handler,
          `#!/bin/sh\n${script.replaceAll('DESTINATION', `'${destination}'`)}\n`,
          { mode: 0o755 },
        );
      const own = mode === 'direct' ? ['--', 'x', '%INCLUDE-LIST%', '%destination-dir%/'] : [];
      const mirror = new Mirror(scope, {
        base,
        options: [...words, ...(script === undefined ? [] : ['-S', handler]), '-t1', ...own],
        prepare: (source) => fs.writeFileSync(`${source}/bad`, 'old'),
      });
      const { source, daemon } = mirror;
      await arrived(mirror, destination);
      const immutable = makeImmutable(scope, `${destination}/bad`);
      if (immutable === undefined) return scope.skip('this file system has no immutable files');
      for (const name of ['a', 'b', 'bad', 'c', 'd']) fs.writeFileSync(`${source}/${name}`, name);
      for (const name of ['a', 'b', 'c', 'd'])
        await daemon.until(name, () => fs.existsSync(`${destination}/${name}`));
      await daemon.logged(/cannot sync "bad" \(exit code \d+\); tried again by itself/);
      fs.writeFileSync(`${source}/later`, '');
      await daemon.until('a later one', () => fs.existsSync(`${destination}/later`));
      immutable.end();
      await arrived(mirror, destination);
      assert.equal(daemon.exit, undefined);
    },
  );
}
