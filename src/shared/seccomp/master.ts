/**
 * The system calls of the master once the roles have been started: it starts no program any more.
 */
import type { Filter } from './filter.js';
import { KILLED } from './never.js';
import { RUNNING } from './running.js';

const AF_UNIX = 1;
/** <asm-generic/ioctls.h>: TCSETS, TCSETSW, TCSETSF and their kind with a 2. */
const TERMINAL_SETTINGS = [0x5402, 0x5403, 0x5404, 0x402c542b, 0x402c542c, 0x402c542d];

export const MASTER_SEAL: Filter = {
  rules: [
    KILLED,
    { action: 'EPERM', calls: ['execve', 'execveat', 'fork', 'vfork'] },
    // At its end Node sets a terminal as it was, and ends with SIGABRT for any error but this one.
    { action: 'EPERM', calls: ['ioctl'], when: [{ argument: 1, oneOf: TERMINAL_SETTINGS }] },
    {
      action: 'allow',
      why: 'syslog and the service manager',
      calls: ['socket'],
      when: [{ argument: 0, oneOf: [AF_UNIX] }],
    },
    ...RUNNING,
    {
      action: 'allow',
      why: 'syslog and the service manager, clients of the control socket',
      calls: ['accept4', 'connect', 'listen'],
    },
    {
      action: 'allow',
      why: 'it compiles JavaScript, and loads modules when they are needed',
      calls: ['mmap'],
    },
    {
      action: 'allow',
      why: 'what is at the paths that it works with: changes, and files that it reads again',
      calls: ['inotify_add_watch', 'inotify_rm_watch', 'open', 'openat'],
    },
    {
      action: 'allow',
      why: 'hearing that the monitor has ended',
      calls: ['wait4', 'waitid'],
    },
    {
      action: 'allow',
      why: 'dumps, copies of system files, the log, which takes the place of another descriptor',
      calls: [
        'dup2',
        'dup3',
        'ftruncate',
        'mkdir',
        'mkdirat',
        'pwrite64',
        'rmdir',
        'unlink',
        'unlinkat',
      ],
    },
  ],
  otherwise: 'ENOSYS',
};
