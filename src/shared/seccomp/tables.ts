/**
 * Which system calls each role loses. `START` is loaded by the launcher and holds for the role and
 * all it starts; `SEAL` is added by the role itself once its modules are loaded. A call that no
 * program here needs kills the process. A call that a harmless program may try fails with an error
 * that makes it go on without.
 */
import { constants } from 'node:fs';
import type { MonitorCalls } from '../monitors.js';
import type { WrittenCode } from '../written-code.js';
import type { Condition, CallRule } from './filter.js';
import type { Syscall } from './syscalls.js';

/** CLONE_NEW* of <linux/sched.h>. */
const NEW_NAMESPACES = 0x7e020000;
const CLONE_THREAD = 0x00010000;
const CLONE_FS = 0x00000200;
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND; O_TMPFILE comes with one of the first two. */
const OPEN_FOR_WRITING = 0o3 | 0o100 | 0o1000 | 0o2000;
/** O_PATH of <asm-generic/fcntl.h>: what is opened so can be neither read nor written. */
const O_PATH = 0o10000000;
const NOT_TO_READ = constants.O_DIRECTORY | O_PATH;
/**
 * <asm-generic/ioctls.h>: requests that insert input into a terminal, take its output, or change
 * its line discipline.
 */
const TERMINAL = [
  0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */, 0x541d /* TIOCCONS */, 0x5423 /* TIOCSETD */,
];
/**
 * <linux/prctl.h>: securebits, memory layout, I/O flusher, dispatch of system calls, core
 * scheduling, permission to trace.
 */
const ATTRIBUTES = [
  28 /* PR_SET_SECUREBITS */, 35 /* PR_SET_MM */, 57 /* PR_SET_IO_FLUSHER */,
  59 /* PR_SET_SYSCALL_USER_DISPATCH */, 62 /* PR_SCHED_CORE */, 0x59616d61 /* PR_SET_PTRACER */,
];
const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const INTERNET: Condition = { argument: 0, oneOf: [FAMILY.inet, FAMILY.inet6] };
/**
 * IPPROTO_*: any, ICMP, TCP, UDP, ICMPv6. Landlock and other restrictions do not cover all of the
 * rest, such as MPTCP.
 */
const PROTOCOLS = [0, 1, 6, 17, 58];
/** SOCK_RAW and SOCK_PACKET; `within` masks out flags in higher bits. */
const RAW: Condition = { argument: 1, oneOf: [3, 10], within: 0xf };
/** PROT_WRITE and PROT_EXEC, SHM_EXEC. */
const PROTECTION = { write: 2, execute: 4 } as const;
const SHM_EXEC = 0o100000;

/**
 * Requests through an io_uring pass no filter. Node makes a ring for every event loop when it can,
 * and works without.
 */
export const NO_RINGS: readonly CallRule[] = [
  { action: 'ENOSYS', calls: ['io_uring_enter', 'io_uring_register', 'io_uring_setup'] },
];

/** Calls that reach the kernel's code, other processes or the machine. */
const NEVER: readonly CallRule[] = [
  {
    action: 'kill',
    calls: [
      'acct',
      'delete_module',
      'finit_module',
      'init_module',
      'ioperm',
      'iopl',
      'kexec_file_load',
      'kexec_load',
      'modify_ldt',
      'reboot',
      'swapoff',
      'swapon',
      'uselib',
      'vhangup',
    ],
  },
  {
    action: 'EPERM',
    calls: [
      'add_key',
      'adjtimex',
      'bpf',
      'chroot',
      'clock_adjtime',
      'clock_settime',
      'fanotify_init',
      'fsconfig',
      'fsmount',
      'fsopen',
      'fspick',
      'kcmp',
      'keyctl',
      'lookup_dcookie',
      'map_shadow_stack',
      'memfd_create',
      'memfd_secret',
      'migrate_pages',
      'mount',
      'mount_setattr',
      'move_mount',
      'move_pages',
      'nfsservctl',
      'open_by_handle_at',
      'open_tree',
      'open_tree_attr',
      'perf_event_open',
      'pidfd_getfd',
      'pivot_root',
      'process_madvise',
      'process_vm_readv',
      'process_vm_writev',
      'ptrace',
      'quotactl',
      'quotactl_fd',
      'request_key',
      'setdomainname',
      'sethostname',
      'setns',
      'settimeofday',
      'syslog',
      'umount2',
      'unshare',
      'userfaultfd',
      'vmsplice',
    ],
  },
  ...NO_RINGS,
  // Its flags are in memory, which a filter cannot read. The C library then uses clone.
  { action: 'ENOSYS', calls: ['clone3'] },
  { action: 'EPERM', calls: ['clone'], when: [{ argument: 0, anyOf: NEW_NAMESPACES }] },
  { action: 'EPERM', calls: ['ioctl'], when: [{ argument: 1, oneOf: TERMINAL }] },
  { action: 'EPERM', calls: ['prctl'], when: [{ argument: 0, oneOf: ATTRIBUTES }] },
  // Limits of another process than the caller.
  { action: 'EPERM', calls: ['prlimit64'], when: [{ argument: 0, noneOf: [0] }] },
  { action: 'EPERM', calls: ['personality'], when: [{ argument: 0, noneOf: [0, 0xffffffff] }] },
];

/** Written memory cannot be executed: for all programs but those with just-in-time compilers. */
const NO_WRITTEN_CODE: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: ['mmap'],
    when: [{ argument: 2, allOf: PROTECTION.write | PROTECTION.execute }],
  },
  {
    action: 'EPERM',
    calls: ['mprotect', 'pkey_mprotect'],
    when: [{ argument: 2, anyOf: PROTECTION.execute }],
  },
  { action: 'EPERM', calls: ['shmat'], when: [{ argument: 2, anyOf: SHM_EXEC }] },
];

/** No signals to these processes, to their process groups, or to all processes at once. */
export function noSignalsTo(processes: readonly number[]): readonly CallRule[] {
  const targets = processes.flatMap((pid) => [pid, -pid >>> 0]);
  return [
    { action: 'EPERM', calls: ['kill'], when: [{ argument: 0, oneOf: [-1 >>> 0, ...targets] }] },
    {
      action: 'EPERM',
      calls: ['tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_open'],
      when: [{ argument: 0, oneOf: processes }],
    },
    // It names a thread without its process. The C library no longer uses it.
    { action: 'EPERM', calls: ['tkill'] },
  ];
}

/** fcntl(2) and ioctl(2): who gets a signal when something can be read. */
const OWNER = { fcntl: [8 /* F_SETOWN */, 15 /* F_SETOWN_EX */], ioctl: [0x8901, 0x8902] } as const;
const LARGEST = 0x7fffffff;

/** The ways of sending signals that name no process, or not in a register. */
export const NO_INDIRECT_SIGNALS: readonly CallRule[] = [
  // A directory of /proc will do as a descriptor. Programs then use kill.
  { action: 'ENOSYS', calls: ['pidfd_send_signal'] },
  { action: 'EPERM', calls: ['fcntl'], when: [{ argument: 1, oneOf: OWNER.fcntl }] },
  { action: 'EPERM', calls: ['ioctl'], when: [{ argument: 1, oneOf: OWNER.ioctl }] },
];

/**
 * No signals to what was started from process `first` to process `last`, nor to process groups or
 * threads with such numbers: the kernel counts up, and begins anew at its largest number.
 */
export function noSignalsBetween(first: number, last: number): readonly CallRule[] {
  const ranges =
    first <= last
      ? [{ from: first, to: last }]
      : [
          { from: 1, to: last },
          { from: first, to: LARGEST },
        ];
  return ranges.flatMap(({ from, to }): CallRule[] => [
    {
      action: 'EPERM',
      calls: ['kill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_open'],
      when: [{ argument: 0, from, to }],
    },
    {
      action: 'EPERM',
      calls: ['kill'],
      when: [{ argument: 0, from: -to >>> 0, to: -from >>> 0 }],
    },
  ]);
}

/** Whether set-id bits, and devices, may be made. */
export interface Mirrored {
  readonly setid: boolean;
  readonly devices: boolean;
}

export interface RoleChoice extends Mirrored {
  /** Whether the executor, and all it starts, may execute memory they have written. */
  readonly writtenCode: WrittenCode;
  readonly network: boolean;
  /** Whether they may make Unix sockets, besides pairs of them that are connected already. */
  readonly sockets: boolean;
  /** The ids it runs with; undefined: it has the capabilities to change them. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** It has CAP_NET_RAW, with which it may make packets itself. */
  readonly rawSockets: boolean;
}

export interface ExecutorChoice extends RoleChoice {
  /** It copies itself, and its threads have working directories of their own. */
  readonly copies: boolean;
  /** It starts programs, which get less of its capabilities. */
  readonly executes: boolean;
}

/** For the executor and every program it starts. */
export function executorStart({
  writtenCode,
  network,
  sockets,
  ids,
  rawSockets,
  copies,
  executes,
  ...mirrored
}: ExecutorChoice): readonly CallRule[] {
  const streamsAndDatagrams: CallRule[] = [
    { action: 'EPERM', calls: ['socket'], when: [INTERNET, RAW] },
    {
      action: 'EPROTONOSUPPORT',
      calls: ['socket'],
      when: [INTERNET, { argument: 2, noneOf: PROTOCOLS }],
    },
  ];
  return [
    ...(copies ? [OWN_DIRECTORIES, ...without(NEVER, ['unshare'])] : NEVER),
    ...(writtenCode === 'refused' ? NO_WRITTEN_CODE : []),
    noOtherFamilies(network, sockets),
    ...(sockets ? [] : NO_NEW_PEERS),
    ...noSpecial(mirrored),
    ...(sockets || network ? [] : NO_ADDRESSES),
    {
      action: 'EPROTONOSUPPORT',
      calls: ['socket'],
      when: [
        { argument: 0, oneOf: [FAMILY.netlink] },
        { argument: 2, noneOf: [0 /* NETLINK_ROUTE */] },
      ],
    },
    ...(rawSockets ? [] : streamsAndDatagrams),
    ...(ids === undefined ? [] : sameIds(ids)),
    // The launcher lowers the capabilities of what an executor starts that holds more.
    ...(ids === undefined || (copies && executes) ? [] : [NO_OTHER_CAPABILITIES]),
  ];
}

/** unshare(2) for nothing but a thread's own working directory and umask. */
const OWN_DIRECTORIES: CallRule = {
  action: 'EPERM',
  calls: ['unshare'],
  when: [{ argument: 0, noneOf: [CLONE_FS] }],
};

export const NO_OTHER_CAPABILITIES: CallRule = { action: 'EPERM', calls: ['capset'] };

/** The rules without these calls. */
function without(rules: readonly CallRule[], left: readonly string[]): CallRule[] {
  return rules.map((rule) => ({
    ...rule,
    calls: rule.calls.filter((call) => !left.includes(call)),
  }));
}

/** Each end of a pair of datagram sockets can be connected, or send, to any socket with a name. */
const NO_NEW_PEERS: readonly CallRule[] = [
  {
    action: 'EPROTONOSUPPORT',
    calls: ['socketpair'],
    when: [{ argument: 1, oneOf: [2 /* SOCK_DGRAM */, 3 /* SOCK_RAW, the same */], within: 0xf }],
  },
];
/** No socket can be had for which these would do anything. */
const NO_ADDRESSES: readonly CallRule[] = [
  { action: 'EPERM', calls: ['bind', 'connect', 'listen'] },
];

const SET_ID = 0o6000;
/** O_CREAT, __O_TMPFILE: only with these the mode means something. */
const CREATING = 0o100 | 0o20000000;
const DEVICE = [0o020000 /* S_IFCHR */, 0o060000 /* S_IFBLK */];
const FILE_TYPE = 0o170000;

/** No set-user-ID and set-group-ID bits, neither of files nor of directories. */
const NO_SET_ID: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: ['chmod', 'creat', 'fchmod', 'mkdir', 'mknod'],
    when: [{ argument: 1, anyOf: SET_ID }],
  },
  {
    action: 'EPERM',
    calls: ['fchmodat', 'fchmodat2', 'mkdirat', 'mknodat'],
    when: [{ argument: 2, anyOf: SET_ID }],
  },
  {
    action: 'EPERM',
    calls: ['open'],
    when: [
      { argument: 1, anyOf: CREATING },
      { argument: 2, anyOf: SET_ID },
    ],
  },
  {
    action: 'EPERM',
    calls: ['openat'],
    when: [
      { argument: 2, anyOf: CREATING },
      { argument: 3, anyOf: SET_ID },
    ],
  },
];
const NO_DEVICES: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: ['mknod'],
    when: [{ argument: 1, oneOf: DEVICE, within: FILE_TYPE }],
  },
  {
    action: 'EPERM',
    calls: ['mknodat'],
    when: [{ argument: 2, oneOf: DEVICE, within: FILE_TYPE }],
  },
];

/** What a mirror may not have. */
function noSpecial({ setid, devices }: Mirrored): readonly CallRule[] {
  return [...(setid ? [] : NO_SET_ID), ...(devices ? [] : NO_DEVICES)];
}

/**
 * For the programs that the executor starts. openat2, with which the executor opens directories, has
 * its mode in memory, which a filter cannot read.
 */
export function noSpecialByHandlers(mirrored: Mirrored): readonly CallRule[] {
  return [
    ...noSpecial(mirrored),
    ...(mirrored.setid ? [] : [{ action: 'ENOSYS', calls: ['openat2'] } as const]),
  ];
}

/** Ids may only be set to their present values, as careful programs do; -1 leaves one unchanged. */
function sameIds({ uid, gid }: { readonly uid: number; readonly gid: number }): CallRule[] {
  const UNCHANGED = 0xffffffff;
  const setting = (id: number, calls: CallRule['calls'], count: number): CallRule[] =>
    Array.from({ length: count }, (_, argument) => ({
      action: 'EPERM',
      calls,
      when: [{ argument, noneOf: [id, UNCHANGED] }],
    }));
  return [
    ...setting(uid, ['setuid', 'setfsuid'], 1),
    ...setting(uid, ['setreuid'], 2),
    ...setting(uid, ['setresuid'], 3),
    ...setting(gid, ['setgid', 'setfsgid'], 1),
    ...setting(gid, ['setregid'], 2),
    ...setting(gid, ['setresgid'], 3),
    { action: 'EPERM', calls: ['setgroups'] },
  ];
}

/** Calls that ask for events of files. The watcher keeps those of its monitor. */
const EVENT_CALLS: readonly Syscall[] = [
  'fanotify_init',
  'fanotify_mark',
  'inotify_add_watch',
  'inotify_init',
  'inotify_init1',
  'inotify_rm_watch',
];

/** For the watcher; what its monitor needs is kept. */
export function watcherStart({ start, sealed }: MonitorCalls): readonly CallRule[] {
  const kept = [...start, ...sealed];
  const rules: readonly CallRule[] = [
    ...NEVER,
    ...WATCHER_ALONE,
    { action: 'EPERM', calls: EVENT_CALLS },
  ];
  return rules.map((rule) =>
    rule.when === undefined
      ? { ...rule, calls: rule.calls.filter((call) => !kept.includes(call)) }
      : rule,
  );
}

/** No other process can be made, met or told anything, and no other ids taken. Threads can be made. */
const NOBODY_ELSE: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: [
      'bind',
      'connect',
      'listen',
      'socket',
      'socketpair',
      'shmat',
      'shmget',
      'semget',
      'msgget',
      'mq_open',
    ],
  },
  { action: 'EPERM', calls: ['fork', 'vfork'] },
  {
    action: 'EPERM',
    calls: [
      'capset',
      'setfsgid',
      'setfsuid',
      'setgid',
      'setgroups',
      'setregid',
      'setresgid',
      'setresuid',
      'setreuid',
      'setuid',
    ],
  },
  { action: 'EPERM', calls: ['clone'], when: [{ argument: 0, noneSet: CLONE_THREAD }] },
];

/** After the seal: a sealed role has executed what it is. */
const NOTHING_EXECUTED: readonly CallRule[] = [
  { action: 'kill', calls: ['execve', 'execveat'] },
  { action: 'EPERM', calls: ['kill', 'pidfd_open', 'pidfd_send_signal', 'tkill'] },
];

/**
 * What an executor that starts no program loses once its modules are loaded: nothing is executed any
 * more, and no file becomes code. Threads can be made, and files of every kind.
 */
const EXECUTOR_SEALED: readonly CallRule[] = [
  ...NOTHING_EXECUTED,
  ...NOBODY_ELSE,
  { action: 'EPERM', calls: EVENT_CALLS },
  { action: 'EPERM', calls: ['rt_sigqueueinfo', 'rt_tgsigqueueinfo'] },
  { action: 'EPERM', calls: ['mmap'], when: [{ argument: 2, anyOf: PROTECTION.execute }] },
];

/** @param executes whether it starts programs: then it loses nothing more */
export function executorSeal(executes: boolean): readonly CallRule[] {
  return executes ? [] : EXECUTOR_SEALED;
}

/**
 * The watcher makes no process, no socket and no file. It still has to execute Node; `SEALED`
 * forbids that later.
 */
const WATCHER_ALONE: readonly CallRule[] = [
  ...NO_WRITTEN_CODE,
  ...NOBODY_ELSE,
  {
    action: 'EPERM',
    calls: [
      'chmod',
      'chown',
      'creat',
      'fallocate',
      'fchmod',
      'fchmodat',
      'fchmodat2',
      'fchown',
      'fchownat',
      'fremovexattr',
      'fsetxattr',
      'ftruncate',
      'futimesat',
      'lchown',
      'link',
      'linkat',
      'lremovexattr',
      'lsetxattr',
      'mkdir',
      'mkdirat',
      'mknod',
      'mknodat',
      'removexattr',
      'removexattrat',
      'rename',
      'renameat',
      'renameat2',
      'rmdir',
      'setxattr',
      'setxattrat',
      'symlink',
      'symlinkat',
      'truncate',
      'unlink',
      'unlinkat',
      'utime',
      'utimensat',
      'utimes',
    ],
  },
];

/**
 * Nothing is opened but directories, and what can be neither read nor written. openat2 has its flags
 * in memory, which a filter cannot read.
 */
const SEALED: readonly CallRule[] = [
  ...NOTHING_EXECUTED,
  { action: 'EPERM', calls: ['open'], when: [{ argument: 1, anyOf: OPEN_FOR_WRITING }] },
  { action: 'EPERM', calls: ['openat'], when: [{ argument: 2, anyOf: OPEN_FOR_WRITING }] },
  { action: 'EPERM', calls: ['open'], when: [{ argument: 1, noneSet: NOT_TO_READ }] },
  { action: 'EPERM', calls: ['openat'], when: [{ argument: 2, noneSet: NOT_TO_READ }] },
  { action: 'ENOSYS', calls: ['openat2'] },
];

/** What the watcher loses once its modules are loaded. */
export function watcherSeal({ start, sealed }: MonitorCalls): readonly CallRule[] {
  const over = start.filter((call) => !sealed.includes(call));
  return over.length === 0 ? SEALED : [...SEALED, { action: 'EPERM', calls: over }];
}

/** System calls of the launcher, which the monitor starts. */
const LAUNCHING: readonly string[] = [
  'chroot',
  'mount',
  'mount_setattr',
  'move_mount',
  'open_tree',
  'pivot_root',
  'sethostname',
  'umount2',
  'unshare',
];

/**
 * The monitor's filter also applies to the launchers it starts, which mount and make namespaces,
 * and to what they execute. So it loses only what none of them needs.
 * @param network whether handlers have a network; undefined: not restricted
 */
export function monitorFilter(network: boolean | undefined): readonly CallRule[] {
  const rules = without(NEVER, LAUNCHING);
  return network === undefined ? rules : [...rules, noOtherFamilies(network, true)];
}

/** What the master loses once the monitor runs: it starts no program any more. */
export const MASTER_SEAL: readonly CallRule[] = [
  ...NEVER,
  { action: 'EPERM', calls: ['execve', 'execveat', 'fork', 'vfork'] },
  { action: 'EPERM', calls: ['clone'], when: [{ argument: 0, noneSet: CLONE_THREAD }] },
  noOtherFamilies(false, true),
];

function noOtherFamilies(network: boolean, sockets: boolean): CallRule {
  const { unix, inet, inet6, netlink } = FAMILY;
  const left = [...(sockets ? [unix] : []), ...(network ? [inet, inet6, netlink] : [])];
  return {
    action: 'EAFNOSUPPORT',
    calls: ['socket'],
    ...(left.length === 0 ? {} : { when: [{ argument: 0, noneOf: left }] }),
  };
}
