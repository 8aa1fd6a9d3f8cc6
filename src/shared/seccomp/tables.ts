/**
 * Which system calls each role loses. `START` is loaded by the launcher and holds for the role and all it starts; `SEAL` is added by the
 * role itself once its modules are loaded. What no program here has any use for is answered with the death of the process; what a
 * harmless program may try is answered with an error that makes it go on without.
 */
import type { Rule } from './filter.js';

/** CLONE_NEW* of <linux/sched.h>. */
const NEW_NAMESPACES = 0x7e020000;
const CLONE_THREAD = 0x00010000;
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND; O_TMPFILE comes with one of the first two. */
const OPEN_FOR_WRITING = 0o3 | 0o100 | 0o1000 | 0o2000;
const TERMINAL_INJECTION = [0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */];
const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;

/** Ways into the kernel, other processes and the machine. */
const NEVER: readonly Rule[] = [
  {
    verdict: 'kill',
    calls: [
      'acct', 'delete_module', 'finit_module', 'init_module', 'ioperm', 'iopl', 'kexec_file_load', 'kexec_load', 'modify_ldt', 'reboot',
      'swapoff', 'swapon', 'uselib', 'vhangup',
    ],
  },
  {
    verdict: 'EPERM',
    calls: [
      'add_key', 'adjtimex', 'bpf', 'chroot', 'clock_adjtime', 'clock_settime', 'fanotify_init', 'fsconfig', 'fsmount', 'fsopen', 'fspick', 'kcmp',
      'keyctl', 'lookup_dcookie', 'map_shadow_stack', 'memfd_create', 'memfd_secret', 'migrate_pages', 'mount', 'mount_setattr', 'move_mount',
      'move_pages', 'nfsservctl', 'open_by_handle_at', 'open_tree', 'open_tree_attr', 'perf_event_open', 'pidfd_getfd', 'pivot_root',
      'process_madvise', 'process_vm_readv', 'process_vm_writev', 'ptrace', 'quotactl', 'quotactl_fd', 'request_key', 'setdomainname',
      'sethostname', 'setns', 'settimeofday', 'syslog', 'umount2', 'unshare', 'userfaultfd', 'vmsplice',
    ],
  },
  { verdict: 'ENOSYS', calls: ['io_uring_enter', 'io_uring_register', 'io_uring_setup'] },
  // Its flags are in memory, out of a filter's sight; the C library then takes clone.
  { verdict: 'ENOSYS', calls: ['clone3'] },
  { verdict: 'EPERM', calls: ['clone'], when: { argument: 0, anyOf: NEW_NAMESPACES } },
  { verdict: 'EPERM', calls: ['ioctl'], when: { argument: 1, oneOf: TERMINAL_INJECTION } },
  { verdict: 'EPERM', calls: ['personality'], when: { argument: 0, noneOf: [0, 0xffffffff] } },
];

export interface NetworkChoice {
  readonly network: boolean;
}

/** For the executor and every program it starts. */
export function executorStart({ network }: NetworkChoice): readonly Rule[] {
  const families = network ? [FAMILY.unix, FAMILY.inet, FAMILY.inet6, FAMILY.netlink] : [FAMILY.unix];
  return [...NEVER, { verdict: 'EAFNOSUPPORT', calls: ['socket'], when: { argument: 0, noneOf: families } }];
}

/** The watcher makes no process, no socket and no file. Its start still executes Node, so that comes later, in `WATCHER_SEAL`. */
export const WATCHER_START: readonly Rule[] = [
  ...NEVER,
  { verdict: 'EPERM', calls: ['bind', 'connect', 'listen', 'socket', 'socketpair', 'shmat', 'shmget', 'semget', 'msgget', 'mq_open'] },
  { verdict: 'EPERM', calls: ['fork', 'vfork'] },
  { verdict: 'EPERM', calls: ['clone'], when: { argument: 0, noneSet: CLONE_THREAD } },
  {
    verdict: 'EPERM',
    calls: [
      'chmod', 'chown', 'creat', 'fallocate', 'fchmod', 'fchmodat', 'fchmodat2', 'fchown', 'fchownat', 'fremovexattr', 'fsetxattr', 'ftruncate',
      'futimesat', 'lchown', 'link', 'linkat', 'lremovexattr', 'lsetxattr', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'removexattr', 'removexattrat',
      'rename', 'renameat', 'renameat2', 'rmdir', 'setxattr', 'setxattrat', 'symlink', 'symlinkat', 'truncate', 'unlink', 'unlinkat', 'utime',
      'utimensat', 'utimes',
    ],
  },
];

export const WATCHER_SEAL: readonly Rule[] = [
  { verdict: 'kill', calls: ['execve', 'execveat'] },
  { verdict: 'EPERM', calls: ['kill', 'pidfd_open', 'pidfd_send_signal', 'tkill'] },
  { verdict: 'EPERM', calls: ['open'], when: { argument: 1, anyOf: OPEN_FOR_WRITING } },
  { verdict: 'EPERM', calls: ['openat'], when: { argument: 2, anyOf: OPEN_FOR_WRITING } },
];


/**
 * The master goes on starting launchers, which mount and make namespaces, and its filter holds for all it starts; so it loses what none
 * of them needs.
 */
export const MASTER_SEAL: readonly Rule[] = NEVER.map((rule) => {
  const needed: readonly string[] = ['chroot', 'mount', 'mount_setattr', 'move_mount', 'open_tree', 'pivot_root', 'sethostname', 'umount2', 'unshare'];
  return { ...rule, calls: rule.calls.filter((call) => !needed.includes(call)) };
});
