/** The system calls of the monitor's clerk (src/native/monitor/clerk.c). */
import type { CallRule } from './filter.js';

const AF_UNIX = 1;
const [PR_SET_PDEATHSIG, PR_SET_NAME] = [1, 15];
/** CLONE_NEW* and CLONE_VM: what it forks is a process of its own in the same namespaces. */
const OTHER_THAN_FORK = 0x7e020000 | 0x00000100;
/** FS_IOC_GETFSUUID of <linux/fs.h>. */
const FILE_SYSTEM_UUID = 0x80111500;
const SIGKILL = 9;

/**
 * The only ones that it may make, and the processes that look for it; the others do not exist for
 * them (ENOSYS). None executes a program, maps memory, changes ids or mounts.
 */
export const CLERK_CALLS: readonly CallRule[] = [
  {
    action: 'allow',
    calls: [
      // hearing and answering
      'poll',
      'ppoll',
      'read',
      'recvfrom',
      'recvmsg',
      'restart_syscall',
      'sendmsg',
      'sendto',
      // files
      'bind',
      'close',
      'fchmod',
      'fchown',
      'fchownat',
      'fcntl',
      'fstat',
      'fstatat',
      'fstatfs',
      'ftruncate',
      'getrandom',
      'linkat',
      'listen',
      'mkdirat',
      'name_to_handle_at',
      'newfstatat',
      'open',
      'openat',
      'renameat',
      'statx',
      'umask',
      'unlinkat',
      'write',
      // the processes that look
      'clock_gettime',
      'close_range',
      'dup2',
      'dup3',
      'exit_group',
      'getegid',
      'geteuid',
      'getpid',
      'getppid',
      'gettid',
      'rt_sigprocmask',
      'rt_sigreturn',
      'set_robust_list',
      'wait4',
    ],
  },
  {
    action: 'allow',
    calls: ['socket', 'socketpair'],
    when: [{ argument: 0, oneOf: [AF_UNIX] }],
  },
  // musl forks by fork, glibc by clone.
  { action: 'allow', calls: ['fork'] },
  { action: 'allow', calls: ['clone'], when: [{ argument: 0, noneSet: OTHER_THAN_FORK }] },
  { action: 'allow', calls: ['kill'], when: [{ argument: 1, oneOf: [SIGKILL] }] },
  {
    action: 'allow',
    calls: ['prctl'],
    when: [{ argument: 0, oneOf: [PR_SET_PDEATHSIG, PR_SET_NAME] }],
  },
  { action: 'allow', calls: ['ioctl'], when: [{ argument: 1, oneOf: [FILE_SYSTEM_UUID] }] },
];
