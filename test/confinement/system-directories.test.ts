/**
 * Directories that the system itself uses are watched, mirrored and written to like any other, and
 * are not changed otherwise.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import { Mirror } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const asRoot = { skip: needsMounts(), timeout: DEADLINE };
const ONCE = ['-H', '/NULL/', '-t0', '-w0', '--only-initialsync'];

for (const [what, options] of [
  ['is watched', (): string[] => ['-Mdirect', '-W', '/etc', '-S', '/bin/true', '--', 'x']],
  [
    'is the destination',
    (source: string): string[] => ['-Mdirect', '-W', source, '-D', '/etc', '-S', '/bin/true'],
  ],
  [
    'is granted for writing',
    (source: string): string[] => [
      '-Mdirect',
      '-W',
      source,
      '-S',
      '/bin/true',
      '--handler-allow',
      '/etc:rw',
      '--',
      'x',
    ],
  ],
] as const) {
  test(`nothing is written into /etc where it ${what}`, asRoot, (scope) => {
    const [etc, source] = [copyOfEtc(scope), temporaryDirectory(scope)];
    const before = listed(etc);
    const [program, ...words] = elsewhere({ '/etc': etc }, [
      ...commandOf('clsync'),
      ...ONCE,
      ...options(source),
    ]);
    const { status, stderr } = spawnSync(program as string, words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    for (const file of ['passwd', 'group', 'hosts'])
      assert.equal(
        fs.readFileSync(join(etc, file), 'latin1'),
        fs.readFileSync('/etc/' + file, 'latin1'),
      );
    assert.deepEqual(listed(etc), before);
  });
}

for (const [what, options] of [
  ['is watched', (destination: string): string[] => ['-W', '/etc', '-D', destination]],
  [
    'is granted',
    (destination: string): string[] => [
      '-W',
      FILES.root + '/man',
      '-D',
      destination,
      '--handler-allow',
      '/etc',
    ],
  ],
] as const) {
  test(`files of /etc that are links to elsewhere are links where it ${what}`, asRoot, (scope) => {
    const [etc, resolved, destination] = [
      copyOfEtc(scope),
      temporaryDirectory(scope),
      temporaryDirectory(scope),
    ];
    fs.writeFileSync(join(resolved, 'stub-resolv.conf'), 'nameserver 127.0.0.53\n');
    fs.rmSync(join(etc, 'resolv.conf'), { force: true });
    fs.symlinkSync(join(resolved, 'stub-resolv.conf'), join(etc, 'resolv.conf'));
    const [program, ...words] = elsewhere({ '/etc': etc }, [
      ...commandOf('clsync'),
      ...ONCE,
      '-Mrsyncdirect',
      ...options(destination),
    ]);
    const { status, stderr } = spawnSync(program as string, words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    if (what === 'is watched') assert.deepEqual(compareTrees(etc, destination), []);
  });
}

function listed(directory: string): string[] {
  return execFileSync('find', [directory, '-printf', '%P %s\\n'], { encoding: 'latin1' })
    .split('\n')
    .sort();
}

/**
 * A small system: a root directory with the programs' directories of the host mounted in it, seen
 * only under `chroot`, and small directories of its own.
 */
class SmallSystem {
  readonly root: string;
  readonly mounted = ['usr/bin', 'usr/lib', 'usr/lib64', 'usr/share', 'srv/clsync', 'srv/node'];

  constructor(scope: TestContext) {
    this.root = temporaryDirectory(scope);
    mountAt(scope, ['-t', 'tmpfs', 'tmpfs'], this.root);
    for (const path of [
      ...this.mounted,
      'etc/ssl',
      'tmp/sub',
      'var/tmp/sub',
      'root/.ssh',
      'home/u',
      'proc',
      'sys',
      'dev',
      'run',
      'copy',
    ])
      subdirectory(this.root, path);
    for (const path of [
      'etc/passwd',
      'etc/group',
      'etc/nsswitch.conf',
      'etc/hosts',
      'etc/shadow',
      'etc/ld.so.cache',
      'etc/ssl/openssl.cnf',
    ]) {
      if (fs.existsSync('/' + path)) fs.copyFileSync('/' + path, join(this.root, path));
    }
    for (const path of [
      'tmp/file',
      'tmp/sub/file',
      'var/tmp/sub/file',
      'root/.ssh/id',
      'home/u/letter',
      'usr/own',
    ])
      fs.writeFileSync(join(this.root, path), path);
    for (const name of ['bin', 'lib', 'lib64'])
      fs.symlinkSync('usr/' + name, join(this.root, name));
  }

  /** Runs clsync in it. Returns the exit status and the output. */
  run(
    environment: NodeJS.ProcessEnv,
    ...options: readonly string[]
  ): { status: number | null; stderr: string } {
    const sources = [
      '/usr/bin',
      '/usr/lib',
      '/usr/lib64',
      '/usr/share',
      FILES.root,
      dirname(dirname(process.execPath)),
    ];
    const places = Object.fromEntries(
      this.mounted.map((path, index) => [join(this.root, path), sources[index] as string]),
    );
    const inside = [
      '-c',
      'mount -t proc proc "$0/proc"; mount -t sysfs sysfs "$0/sys"; mount --rbind /dev ' +
        '"$0/dev"; exec chroot "$0" "$@"',
      this.root,
    ];
    const clsync = [
      `/srv/node/${process.execPath.split('/').slice(-2).join('/')}`,
      '/srv/clsync/dist/roles/master/main.js',
      ...ONCE,
      '-Mrsyncdirect',
      ...options,
    ];
    const [program, ...words] = elsewhere(places, ['sh', ...inside, ...clsync]);
    return spawnSync(program as string, words, {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/usr/sbin', HOME: '/root', ...environment },
    });
  }
}

for (const [directory, environment] of [
  ['etc', {}],
  ['var', { TMPDIR: '/var/tmp' }],
  ['tmp', {}],
  ['usr', {}],
  ['root', {}],
  ['home', {}],
] as const) {
  test(`/${directory} is mirrored unchanged`, asRoot, (scope) => {
    const system = new SmallSystem(scope);
    // The directories mounted from the host are large.
    const { status, stderr } = system.run(
      environment,
      '--one-file-system',
      '-W',
      '/' + directory,
      '-D',
      '/copy',
    );
    assert.equal(status, 0, stderr);
    const differences = compareTrees(
      join(system.root, directory),
      join(system.root, 'copy'),
    ).filter(({ path }) => !system.mounted.includes(`${directory}/${path}`));
    assert.equal(differences.length, 0, describeDifferences(differences));
  });
}

test("/ is mirrored without the copy itself and the kernel's file systems", asRoot, (scope) => {
  const system = new SmallSystem(scope);
  const { status, stderr } = system.run({}, '--one-file-system', '-W', '/', '-D', '/copy');
  assert.equal(status, 0, stderr);
  assert.match(stderr, /left out of the watched directory.*\/proc.*\/copy/);
  const copy = join(system.root, 'copy');
  assert.deepEqual(
    fs.readdirSync(copy).sort(),
    fs
      .readdirSync(system.root)
      .filter((name) => !['copy', 'proc', 'sys'].includes(name))
      .sort(),
  );
  for (const directory of ['etc', 'var', 'tmp', 'root', 'home']) {
    // The daemon's own lists were made and removed in /tmp.
    const differences = compareTrees(join(system.root, directory), join(copy, directory)).filter(
      ({ path }) => directory !== 'tmp' || path !== '',
    );
    assert.equal(differences.length, 0, describeDifferences(differences));
  }
});

test(
  'a temporary directory inside the source or the destination is mirrored as a part of it',
  { timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    for (const place of ['source', 'destination']) {
      const mirror = new Mirror(scope, {
        base: subdirectory(base, place),
        environment: { ...process.env, TMPDIR: join(base, place, place, 'tmp') },
        prepare: (source) => fs.writeFileSync(join(subdirectory(source, 'tmp'), 'file'), 'x'),
      });
      await mirror.equal();
      fs.writeFileSync(join(mirror.source, 'tmp/more'), 'y');
      await mirror.equal();
      await mirror.daemon.stop();
    }
  },
);
