/**
 * What the lists of allowed system calls have, and the record does not: each with the reason that
 * it is listed for. A list at a start has no row for what the list after it has, too: a filter can
 * only be narrowed.
 */
import type { Syscall } from '../../src/shared/seccomp/syscalls.js';
import type { ListName } from './call-lists.js';

/** Programs that nobody knows were not recorded: the rows of their lists have the reasons. */
interface Reason {
  readonly calls: readonly Syscall[];
  readonly why: string;
  /** undefined: whichever list has them. */
  readonly lists?: readonly ListName[];
}

const NODES: readonly ListName[] = [
  'master',
  'watcher at its start',
  'watcher',
  'executor alone at its start',
  'executor alone',
];
export const UNRECORDED: readonly Reason[] = [
  // For every process.
  {
    why: 'musl, and older versions of glibc, call them where the C library of the record calls others',
    calls: [
      'access',
      'chmod',
      'chown',
      'clock_nanosleep',
      'creat',
      'epoll_create',
      'epoll_wait',
      'eventfd',
      'faccessat',
      'fchmodat',
      'fork',
      'fstat',
      'getdents',
      'gettid',
      'inotify_init',
      'lchown',
      'link',
      'lstat',
      'mkdir',
      'mknod',
      'nanosleep',
      'open',
      'pipe',
      'poll',
      'readlink',
      'readv',
      'rename',
      'rmdir',
      'rt_sigprocmask',
      'select',
      'signalfd',
      'stat',
      'symlink',
      'tkill',
      'unlink',
      'utime',
      'utimes',
      'futimesat',
      'vfork',
      'writev',
    ],
  },
  {
    why: 'on arm64 they are what others are on x86-64',
    calls: [
      'dup3',
      'epoll_create1',
      'eventfd2',
      'faccessat',
      'fchownat',
      'fchmodat',
      'fstatat',
      'getpgid',
      'linkat',
      'mkdirat',
      'mknodat',
      'pipe2',
      'ppoll',
      'readlinkat',
      'renameat',
      'signalfd4',
      'symlinkat',
      'unlinkat',
      'utimensat',
    ],
  },
  {
    why: 'where the kernel has no vDSO for them, as under some hypervisors',
    calls: ['clock_getres', 'clock_gettime', 'getcpu', 'gettimeofday', 'time'],
  },
  {
    why: 'the kernel has a call go on by it that a stop has interrupted',
    calls: ['restart_syscall'],
  },
  { why: 'a handler of a signal returns by it', calls: ['rt_sigreturn'] },

  // The clerk.
  {
    why: 'makes the control socket again where its name is gone',
    lists: ['clerk'],
    calls: ['bind', 'fchownat', 'getegid', 'linkat', 'listen', 'socket', 'umask'],
  },
  { why: 'reads of a file handle what identifies a directory', lists: ['clerk'], calls: ['read'] },
  { why: 'empties a file that it does not write anew', lists: ['clerk'], calls: ['ftruncate'] },
  { why: 'ends who looks at a file system that never answers', lists: ['clerk'], calls: ['kill'] },

  // Node.
  {
    why: 'the event loop of Node with other versions of libuv and of the kernel',
    lists: NODES,
    calls: [
      'epoll_create1',
      'epoll_pwait2',
      'eventfd2',
      'pipe2',
      'preadv',
      'rt_sigaction',
      'rt_sigpending',
      'sched_yield',
      'sigaltstack',
    ],
  },
  {
    why: 'streams of Node: what is asked of them depends on what is at the other end',
    lists: NODES,
    calls: [
      'getpeername',
      'getsockname',
      'getsockopt',
      'recvfrom',
      'recvmsg',
      'sendmsg',
      'sendto',
      'setsockopt',
      'shutdown',
    ],
  },
  {
    why: 'memory and threads of V8 and of newer C libraries',
    lists: NODES,
    calls: [
      'futex_requeue',
      'futex_wait',
      'futex_waitv',
      'futex_wake',
      'get_robust_list',
      'getcpu',
      'membarrier',
      'mremap',
      'mseal',
      'pkey_alloc',
      'pkey_free',
      'pkey_mprotect',
      'prctl',
      'prlimit64',
      'sched_getparam',
      'sched_getscheduler',
    ],
  },
  {
    why: 'the modules os and process answer by them, of which libraries make use',
    lists: NODES,
    calls: [
      'capget',
      'getcwd',
      'getegid',
      'geteuid',
      'getgid',
      'getgroups',
      'getppid',
      'getpriority',
      'getresgid',
      'getresuid',
      'getrlimit',
      'getrusage',
      'getuid',
      'sysinfo',
      'times',
      'uname',
    ],
  },
  {
    why: 'the module fs: which file system it is, and files that are mapped, read ahead or gone through',
    lists: NODES,
    calls: [
      'faccessat2',
      'fadvise64',
      'fstatfs',
      'getrandom',
      'lseek',
      'name_to_handle_at',
      'pread64',
      'pwritev',
      'statfs',
    ],
  },

  // The master.
  {
    why: 'listens at the control socket that was made again',
    lists: ['master'],
    calls: ['listen'],
  },
  {
    why: 'stops watching a path that is gone, or that it has no more to do with',
    lists: ['master'],
    calls: ['inotify_rm_watch'],
  },
  {
    why: 'libuv asks which process has ended when the monitor has',
    lists: ['master'],
    calls: ['wait4', 'waitid'],
  },
  {
    why: 'writes its copies of system files anew when the originals have changed',
    lists: ['master'],
    calls: ['ftruncate', 'pwrite64'],
  },

  // Watcher and executor.
  {
    why: 'abort(3), with which Node ends when it cannot start',
    lists: ['watcher at its start', 'executor alone at its start'],
    calls: ['tgkill'],
  },
  {
    why: 'goes back to the directory that a thread worked in',
    lists: ['executor alone'],
    calls: ['fchdir'],
  },
  { why: 'for --fsync', lists: ['executor alone'], calls: ['fsync', 'syncfs'] },
  {
    why: 'attributes of what can only be opened as a path, and where the kernel has no call by directory',
    lists: ['executor alone'],
    calls: [
      'fremovexattr',
      'fsetxattr',
      'getxattr',
      'lgetxattr',
      'listxattr',
      'llistxattr',
      'lremovexattr',
      'lsetxattr',
      'removexattr',
      'setxattr',
    ],
  },
];
