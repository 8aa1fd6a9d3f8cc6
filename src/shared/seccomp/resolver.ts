/** The system calls of the process that resolves file handles (src/native/launch/resolver.c). */
import { constants } from 'node:fs';
import type { CallRule, Filter } from './filter.js';

/** O_PATH and O_CLOEXEC of <asm-generic/fcntl.h>. */
const [O_PATH, O_CLOEXEC] = [0o10000000, 0o2000000];
/** The only flags with which it opens: a directory, which then can be neither read nor listed. */
const OPENED = O_PATH | constants.O_DIRECTORY | O_CLOEXEC;
const FLAGS = 2;

/** Its own; it makes nothing, executes nothing, and has no other way to open or to read a file. */
export const RESOLVER_CALLS: Filter = {
  rules: [
    {
      action: 'allow',
      why: 'directories, to be told where they are',
      calls: ['open_by_handle_at'],
      when: [{ argument: FLAGS, oneOf: [OPENED] }],
    },
    {
      action: 'allow',
      calls: [
        'close',
        'exit_group',
        'fchdir',
        'getcwd',
        // questions and answers
        'read',
        'write',
        'restart_syscall',
        'rt_sigreturn',
      ],
    },
  ],
  otherwise: 'kill',
};

/** What is left of open_by_handle_at to those who start it. */
export const NOTHING_ELSE_BY_HANDLE: CallRule = {
  action: 'EPERM',
  calls: ['open_by_handle_at'],
  when: [{ argument: FLAGS, noneOf: [OPENED] }],
};
