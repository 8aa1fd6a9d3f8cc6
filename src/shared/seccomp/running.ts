/**
 * What a process of Node calls, whatever it is for. Recorded with the tests under Node 20 to 26
 * (test/confinement/recorded-calls.json); what is not in the record has its reason in
 * unrecorded-calls.ts there.
 */
import type { CallRule } from './filter.js';

const CLONE_THREAD = 0x00010000;
const PROT_EXEC = 4;

/** <linux/prctl.h>. */
const PRCTL = {
  PR_SET_PDEATHSIG: 1,
  PR_GET_PDEATHSIG: 2,
  PR_GET_DUMPABLE: 3,
  PR_SET_DUMPABLE: 4,
  PR_SET_NAME: 15,
  PR_GET_NAME: 16,
  PR_GET_SECCOMP: 21,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_GET_NO_NEW_PRIVS: 39,
  PR_SET_VMA: 0x53564d41,
} as const;

/** <asm-generic/ioctls.h>: requests about a stream, none of which changes a terminal. */
const STREAM_REQUESTS = [
  0x5401 /* TCGETS */, 0x802c542a /* TCGETS2 */, 0x5413 /* TIOCGWINSZ */, 0x541b /* FIONREAD */,
  0x5421 /* FIONBIO */, 0x5450 /* FIONCLEX */, 0x5451 /* FIOCLEX */,
];
/** FS_IOC_GETFSUUID of <linux/fs.h>. */
const FILE_SYSTEM_UUID = 0x80111500;
/** <fcntl.h>: F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY have signals sent. */
const SIGNALLING = [8, 10, 15, 1024, 1026];

/**
 * What libraries try as a matter of course, and do without: nobody has to hear of it. The flags of
 * clone3 are in memory, which a filter cannot read; the C library then uses clone.
 */
const TRIED: CallRule = {
  action: 'ENOSYS',
  quiet: true,
  calls: ['clone3', 'io_uring_enter', 'io_uring_register', 'io_uring_setup', 'map_shadow_stack'],
};

/** Calls with conditions come first: the kernel remembers which others are allowed anyway. */
export const RUNNING: readonly CallRule[] = [
  TRIED,
  {
    action: 'allow',
    why: 'the C library uses the number of the request to tell what it is',
    calls: ['ioctl'],
    when: [{ argument: 1, oneOf: [...STREAM_REQUESTS, FILE_SYSTEM_UUID] }],
  },
  {
    action: 'allow',
    why: 'flags and locks of descriptors, duplicates; not who gets signals',
    calls: ['fcntl'],
    when: [{ argument: 1, noneOf: SIGNALLING }],
  },
  {
    action: 'allow',
    why: 'threads, not processes',
    calls: ['clone'],
    when: [{ argument: 0, allOf: CLONE_THREAD }],
  },
  {
    action: 'allow',
    why: 'names of threads and of memory, the signal when the parent ends',
    calls: ['prctl'],
    when: [
      {
        argument: 0,
        oneOf: [
          PRCTL.PR_SET_PDEATHSIG,
          PRCTL.PR_GET_PDEATHSIG,
          PRCTL.PR_SET_NAME,
          PRCTL.PR_GET_NAME,
          PRCTL.PR_SET_VMA,
        ],
      },
    ],
  },
  {
    action: 'allow',
    why: 'its own limits',
    calls: ['prlimit64'],
    when: [{ argument: 0, oneOf: [0] }],
  },
  {
    action: 'allow',
    why: 'the event loop',
    calls: [
      'epoll_create1',
      'epoll_ctl',
      'epoll_pwait',
      'epoll_pwait2',
      'epoll_wait',
      'eventfd2',
      'pipe2',
      'poll',
      'ppoll',
    ],
  },
  {
    action: 'allow',
    why: 'streams, and sockets that are there already',
    calls: [
      'close',
      'getpeername',
      'getsockname',
      'getsockopt',
      'read',
      'readv',
      'recvfrom',
      'recvmsg',
      'sendmsg',
      'sendto',
      'setsockopt',
      'shutdown',
      'write',
      'writev',
    ],
  },
  {
    action: 'allow',
    why: 'memory',
    calls: ['brk', 'madvise', 'membarrier', 'mprotect', 'mremap', 'munmap'],
  },
  {
    action: 'allow',
    why: 'memory of V8 under protection keys, and what the C library seals',
    calls: ['mseal', 'pkey_alloc', 'pkey_free', 'pkey_mprotect'],
  },
  {
    action: 'allow',
    why: 'threads: their start, locks, end, and where they run',
    calls: [
      'exit',
      'exit_group',
      'futex',
      'futex_requeue',
      'futex_wait',
      'futex_waitv',
      'futex_wake',
      'get_robust_list',
      'getcpu',
      'gettid',
      'rseq',
      'sched_getaffinity',
      'sched_getparam',
      'sched_getscheduler',
      'sched_yield',
      'set_robust_list',
    ],
  },
  {
    action: 'allow',
    why: 'handlers of signals',
    calls: [
      'restart_syscall',
      'rt_sigaction',
      'rt_sigpending',
      'rt_sigprocmask',
      'rt_sigreturn',
      'sigaltstack',
    ],
  },
  {
    action: 'allow',
    why: 'time, where the kernel has no vDSO for it, too',
    calls: [
      'clock_getres',
      'clock_gettime',
      'clock_nanosleep',
      'gettimeofday',
      'nanosleep',
      'time',
      'times',
    ],
  },
  {
    action: 'allow',
    why: 'asking who and where it is',
    calls: [
      'capget',
      'getcwd',
      'getegid',
      'geteuid',
      'getgid',
      'getgroups',
      'getpid',
      'getppid',
      'getpriority',
      'getrandom',
      'getresgid',
      'getresuid',
      'getrlimit',
      'getrusage',
      'getuid',
      'sysinfo',
      'uname',
    ],
  },
  {
    action: 'allow',
    why: 'looking at files, and reading what is open',
    calls: [
      'access',
      'faccessat',
      'faccessat2',
      'fadvise64',
      'fstat',
      'fstatat',
      'fstatfs',
      'getdents64',
      'lseek',
      'lstat',
      'name_to_handle_at',
      'newfstatat',
      'pread64',
      'preadv',
      'readlink',
      'readlinkat',
      'stat',
      'statfs',
      'statx',
    ],
  },
];

/** Once all libraries are loaded no file becomes code any more. */
export const MEMORY_WITHOUT_CODE: CallRule = {
  action: 'allow',
  why: 'memory, and files that do not become code',
  calls: ['mmap'],
  when: [{ argument: 2, noneSet: PROT_EXEC }],
};

/** Until the seal, besides: the program is executed, its libraries and modules are loaded. */
export const LOADING: readonly CallRule[] = [
  {
    action: 'allow',
    why: 'the seal: no core dumps, no new privileges',
    calls: ['prctl'],
    when: [
      {
        argument: 0,
        oneOf: [
          PRCTL.PR_GET_DUMPABLE,
          PRCTL.PR_SET_DUMPABLE,
          PRCTL.PR_GET_SECCOMP,
          PRCTL.PR_SET_NO_NEW_PRIVS,
          PRCTL.PR_GET_NO_NEW_PRIVS,
        ],
      },
    ],
  },
  {
    action: 'allow',
    why: 'the launcher executes Node, the dynamic loader loads its libraries',
    calls: ['arch_prctl', 'execve', 'mmap', 'open', 'openat', 'set_tid_address'],
  },
  {
    action: 'allow',
    why: 'the seal, and what Node asks of the system when it starts',
    calls: ['seccomp', 'tgkill'],
  },
];
