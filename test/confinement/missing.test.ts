/**
 * Kernels that lack a mechanism, simulated by a system call filter around the whole daemon: it
 * mirrors and reports what is missing, or refuses to start.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import type { CallRule } from '../../src/shared/seccomp/filter.js';
import type { Specification } from '../../src/shared/specification.js';
import { launch, specificationOf } from '../component/native/launcher-harness.js';
import { maskOf } from '../../src/master/sandbox/capabilities.js';
import type { Capability } from '../../src/master/sandbox/capabilities.js';
import type { Launched } from '../component/native/launcher-harness.js';
import { DEADLINE, until } from '../harness/until.js';

/** System calls that Docker's default profile refuses without CAP_SYS_ADMIN. */
const CONTAINER: readonly CallRule[] = [
  { action: 'ENOSYS', calls: ['clone3'] },
  {
    action: 'EPERM',
    calls: [
      'acct',
      'add_key',
      'bpf',
      'delete_module',
      'fanotify_init',
      'finit_module',
      'fsconfig',
      'fsmount',
      'fsopen',
      'fspick',
      'init_module',
      'io_uring_enter',
      'io_uring_register',
      'io_uring_setup',
      'kcmp',
      'kexec_load',
      'keyctl',
      'lookup_dcookie',
      'mount',
      'mount_setattr',
      'move_mount',
      'move_pages',
      'nfsservctl',
      'open_by_handle_at',
      'open_tree',
      'perf_event_open',
      'pivot_root',
      'process_vm_readv',
      'process_vm_writev',
      'quotactl',
      'request_key',
      'setns',
      'swapon',
      'umount2',
      'unshare',
      'userfaultfd',
    ],
  },
  { action: 'EPERM', calls: ['clone'], when: [{ argument: 0, anyOf: 0x7e020000 }] },
];

const LACKS: Readonly<
  Record<string, { readonly rules: readonly CallRule[]; readonly says: RegExp }>
> = {
  Landlock: {
    rules: [{ action: 'ENOSYS', calls: ['landlock_create_ruleset'] }],
    says: /no Landlock/,
  },
  PR_SET_MDWE: {
    rules: [{ action: 'EINVAL', calls: ['prctl'], when: [{ argument: 0, oneOf: [65, 66] }] }],
    says: /no PR_SET_MDWE/,
  },
  'filters of system calls': {
    rules: [{ action: 'EINVAL', calls: ['seccomp'] }],
    says: /no filter of system calls/,
  },
  namespaces: { rules: [{ action: 'EPERM', calls: ['unshare'] }], says: /no namespaces/ },
  'more Landlock domains': {
    rules: [{ action: 'EPERM', calls: ['landlock_restrict_self'] }],
    says: /no Landlock/,
  },
  'namespaces, by death': {
    rules: [{ action: 'kill', calls: ['unshare'] }],
    says: /no namespaces here \(killed by SIGSYS\)/,
  },
  'new mounts': {
    rules: [{ action: 'EPERM', calls: ['open_tree', 'move_mount', 'mount_setattr'] }],
    says: /no namespaces here \(.*Operation not permitted\)/,
  },
  'all that the filter of containers refuses': {
    rules: CONTAINER,
    says: /no namespaces here \(.*Operation not permitted\)/,
  },
};
const NONE = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };
const user = (groups: readonly number[]): Partial<Specification> => ({
  identity: { uid: 61310, gid: 61310, groups },
  capabilities: NONE,
  bounding: 0n,
});
/** The capabilities that Docker leaves to root by default. */
const KEPT: readonly Capability[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
const container = (names: readonly Capability[]): Partial<Specification> => ({
  bounding: maskOf(names),
  capabilities: {
    permitted: maskOf(names),
    effective: maskOf(names),
    inheritable: 0n,
    ambient: 0n,
  },
});
const STARTERS: Readonly<Record<string, Partial<Specification>>> = {
  root: {},
  'root in a container': container(KEPT),
  'root without a capability': container([]),
  'a user': user([]),
  'a user of several groups': user([61310, 61311]),
};
const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root', timeout: DEADLINE };

class Place {
  readonly directory = mkdtempSync('/var/tmp/clsync-missing-');
  readonly source = this.directory + '/source';
  readonly copy = this.directory + '/copy';
  readonly log = this.directory + '/log';

  constructor(owner: number) {
    for (const path of [this.source, this.copy]) {
      mkdirSync(path);
      chownSync(path, owner, owner);
    }
    chownSync(this.directory, owner, owner);
    chmodSync(this.directory, 0o755);
    writeFileSync(this.source + '/file', 'x');
  }

  daemon(
    starter: Partial<Specification>,
    rules: readonly CallRule[],
    ...words: readonly string[]
  ): Launched {
    const command = [
      process.execPath,
      FILES.root + 'dist/roles/master/main.js',
      '-Mrsyncdirect',
      '-W',
      this.source,
      '-D',
      this.copy,
      ...words,
    ];
    const script = `exec "$@" >${this.log} 2>&1`;
    return launch(
      specificationOf([], {
        ...starter,
        session: true,
        program: fromText('/bin/sh'),
        arguments: ['sh', '-c', script, 'sh', ...command].map(fromText),
        environment: [fromText('PATH=/usr/bin:/bin')],
        seccomp: compileFilter(rules),
      }),
    );
  }

  said(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, maxRetries: 5 });
  }
}

for (const [what, { rules, says }] of Object.entries(LACKS)) {
  for (const [who, starter] of Object.entries(STARTERS)) {
    test(
      `without ${what}, started by ${who}: it mirrors and reports what is missing`,
      asRoot,
      async () => {
        const place = new Place(starter.identity?.uid ?? 0);
        const daemon = place.daemon(starter, rules);
        try {
          const isOver = (): boolean =>
            daemon.child.exitCode !== null || daemon.child.signalCode !== null;
          const detail = (): string => place.said();
          const isCopied = (): boolean => existsSync(place.copy + '/file');
          await until('the copy', () => isCopied() || isOver(), { every: 20, detail });
          assert.ok(isCopied(), place.said());
          // The first lines are written once the part that writes them is loaded.
          await until('the words', () => says.test(place.said()) || isOver(), {
            every: 20,
            detail,
          });
          assert.match(place.said(), says);
        } finally {
          daemon.child.kill('SIGTERM');
          await daemon.ended;
          place.remove();
        }
      },
    );
  }

  test(`without ${what} it refuses under --secure-splitting`, asRoot, async () => {
    const place = new Place(0);
    try {
      assert.equal((await place.daemon({}, rules, '--secure-splitting').ended).code, 71);
      assert.match(place.said(), says);
      assert.ok(!existsSync(place.copy + '/file'));
    } finally {
      place.remove();
    }
  });
}
