/**
 * The daemon starts wherever the C program runs, with the confinement that the environment allows.
 * It reports each missing mechanism in a line, or refuses to start under --secure-splitting.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { compareTrees } from '../harness/compare.js';
import { needsMounts, needsUserNamespaces } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = DEADLINE;
const CONTAINER =
  '-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,' +
  '+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap';
const bounded = (set: string): readonly string[] => [
  'setpriv',
  `--bounding-set=${set}`,
  '--inh-caps=-all',
  '--',
];
const limited = (kind: string): readonly string[] => [
  'unshare',
  '-rm',
  'sh',
  '-c',
  `echo 0 >/proc/sys/user/max_${kind}_namespaces; exec "$@"`,
  'sh',
];

interface Place {
  /** The value for `{ skip }`. */
  readonly skip: string | false;
  /** The command that runs the words after it. */
  readonly by: (base: string) => readonly string[];
  readonly says: readonly RegExp[];
}

const PLACES: Readonly<Record<string, Place>> = {
  "with a container's capabilities": {
    skip: needsRoot,
    by: () => bounded(CONTAINER),
    says: [
      /no namespaces here \(unshare \w+: .*\)/,
      /no DAC_READ_SEARCH here: the watcher has DAC_OVERRIDE/,
    ],
  },
  'as root without what passes permissions by': {
    skip: needsRoot,
    by: () => bounded('-all,+setuid,+setgid,+setpcap,+chown'),
    says: [/no namespaces here/, /no ids of their own for the roles here/],
  },
  'without a capability': {
    skip: needsRoot,
    by: () => bounded('-all'),
    says: [/no ids of their own for the roles here: they have those of the starter/],
  },
  'in a user namespace of one id': {
    skip: needsRoot || needsUserNamespaces(),
    by: () => ['unshare', '-rm'],
    says: [/no ids of their own for the roles here \(setgroups: Operation not permitted\)/],
  },
  'where there may be no mount namespace': {
    skip: needsRoot || needsUserNamespaces(),
    by: () => limited('mnt'),
    says: [/no namespaces here \(unshare \w+: No space left on device\)/],
  },
  'where there may be no network namespace': {
    skip: needsRoot || needsUserNamespaces(),
    by: () => limited('net'),
    says: [/no namespaces of the kinds network here/],
  },
  'in a root that is no mount point': {
    skip: needsMounts(),
    by: (base) => chrooted(base, '/proc'),
    says: [/no namespaces here \(propagation of \/: Invalid argument\)/],
  },
};

/**
 * Runs a command with a new root that has the host's programs, these directories and those of the
 * tests, in a mount namespace of its own.
 */
function chrooted(base: string, ...further: readonly string[]): readonly string[] {
  const root = base + '/root';
  const shown = [
    '/usr',
    '/bin',
    '/lib',
    '/lib64',
    '/etc',
    '/dev',
    dirname(process.execPath),
    FILES.root.replace(/\/$/, ''),
    base,
    ...further,
  ];
  const script =
    `root=$1; shift; for d in ${shown.join(' ')}; do [ -d $d ] && mkdir -p $root$d && mount ` +
    '--rbind $d $root$d; done; exec chroot $root "$@"';
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh', root];
}

interface Trial {
  readonly base: string;
  run(
    by: readonly string[],
    ...words: readonly string[]
  ): { readonly status: number | null; readonly lines: readonly string[] };
}

/** A tree that only its owner can read. */
function prepare(scope: Scope): Trial {
  const base = temporaryDirectory(scope);
  for (const path of ['/root', '/source', '/source/private', '/copy']) mkdirSync(base + path);
  writeFileSync(base + '/source/private/file', 'x', { mode: 0o600 });
  chmodSync(base + '/source/private', 0o700);
  return {
    base,
    run(by, ...words) {
      const command = [
        ...by,
        ...commandOf('clsync'),
        '-H/NULL/',
        '-Mrsyncdirect',
        '-W',
        base + '/source',
        '-D',
        base + '/copy',
        '--only-initialsync',
        ...words,
      ];
      const { status, stderr } = spawnSync(command[0] as string, command.slice(1), {
        cwd: '/',
        encoding: 'utf8',
        timeout: DEADLINE,
      });
      return { status, lines: stderr.trim().split('\n') };
    },
  };
}

for (const [where, { skip, by, says }] of Object.entries(PLACES)) {
  test(
    `${where}: it mirrors, says what is missing, and refuses under --secure-splitting`,
    { skip, timeout: LIMIT },
    (scope) => {
      const { base, run } = prepare(scope);
      const refused = run(by(base), '--secure-splitting');
      assert.equal(refused.status, 71, refused.lines.join('\n'));
      const { status, lines } = run(by(base));
      assert.equal(status, 0, lines.join('\n'));
      assert.deepEqual(compareTrees(base + '/source', base + '/copy'), []);
      for (const words of says) {
        assert.equal(lines.filter((line) => words.test(line)).length, 1, lines.join('\n'));
        assert.ok(
          refused.lines.some((line) => words.test(line)),
          refused.lines.join('\n'),
        );
      }
      for (const line of [...lines, ...refused.lines])
        assert.doesNotMatch(line, /\b2\d\d \d+ [a-z]+:|\\x/, 'wire text');
    },
  );
}

test(
  'without /proc, one line of error says what to do',
  { skip: needsMounts(), timeout: LIMIT },
  (scope) => {
    const { base, run } = prepare(scope);
    const { status, lines } = run(chrooted(base));
    assert.equal(status, 2);
    assert.deepEqual(lines, [
      'error: /proc is not mounted here, or shows the processes of another pid namespace, ' +
        'and files and threads are reached through it: mount -t proc proc /proc',
    ]);
  },
);

test(
  "the same when /proc is another pid namespace's",
  { skip: needsMounts(), timeout: LIMIT },
  (scope) => {
    const { run } = prepare(scope);
    const { status, lines } = run(['unshare', '-p', '--fork', '--kill-child']);
    assert.equal(status, 2);
    assert.match(lines.join('\n'), /^error: \/proc [^\n]*: mount -t proc proc \/proc$/);
  },
);
