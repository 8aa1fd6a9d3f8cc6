/**
 * What no program here may, and each filter is made of: those of the monitor, and of programs that
 * nobody knows (handlers), begin with `NEVER`. All others than the monitor's are lists of what is
 * allowed; a call that is in none of them answers ENOSYS.
 */
import type { CallRule } from './filter.js';

/** CLONE_NEW* of <linux/sched.h>. */
const NEW_NAMESPACES = 0x7e020000;
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
export const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
/** PROT_WRITE and PROT_EXEC, SHM_EXEC. */
const PROTECTION = { write: 2, execute: 4 } as const;
const SHM_EXEC = 0o100000;

/**
 * Requests through an io_uring pass no filter. Node makes a ring for every event loop when it can,
 * and works without.
 */
export const NO_RINGS: readonly CallRule[] = [
  {
    action: 'ENOSYS',
    quiet: true,
    calls: ['io_uring_enter', 'io_uring_register', 'io_uring_setup'],
  },
];

/** Calls into the kernel's code, which no library tries. */
export const KILLED: CallRule = {
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
};

/** Calls that reach the kernel's code, other processes or the machine. */
export const NEVER: readonly CallRule[] = [
  KILLED,
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
  { action: 'ENOSYS', quiet: true, calls: ['clone3'] },
  { action: 'EPERM', calls: ['clone'], when: [{ argument: 0, anyOf: NEW_NAMESPACES }] },
  { action: 'EPERM', calls: ['ioctl'], when: [{ argument: 1, oneOf: TERMINAL }] },
  { action: 'EPERM', calls: ['prctl'], when: [{ argument: 0, oneOf: ATTRIBUTES }] },
  // Limits of another process than the caller.
  { action: 'EPERM', calls: ['prlimit64'], when: [{ argument: 0, noneOf: [0] }] },
  { action: 'EPERM', calls: ['personality'], when: [{ argument: 0, noneOf: [0, 0xffffffff] }] },
];

/** Written memory cannot be executed: for all programs but those with just-in-time compilers. */
export const NO_WRITTEN_CODE: readonly CallRule[] = [
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

/** The rules without these calls. */
export function without(rules: readonly CallRule[], left: readonly string[]): CallRule[] {
  return rules.map((rule) => ({
    ...rule,
    calls: rule.calls.filter((call) => !left.includes(call)),
  }));
}

export function noOtherFamilies(network: boolean, sockets: boolean): CallRule {
  const { unix, inet, inet6, netlink } = FAMILY;
  const left = [...(sockets ? [unix] : []), ...(network ? [inet, inet6, netlink] : [])];
  return {
    action: 'EAFNOSUPPORT',
    calls: ['socket'],
    ...(left.length === 0 ? {} : { when: [{ argument: 0, noneOf: left }] }),
  };
}

/** After the seal: a sealed process has executed what it is. */
export const NOTHING_EXECUTED: CallRule = { action: 'kill', calls: ['execve', 'execveat'] };
