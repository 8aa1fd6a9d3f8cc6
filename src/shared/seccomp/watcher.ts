/** The system calls of the watcher, which makes no process, no socket and no file. */
import { constants } from 'node:fs';
import type { MonitorCalls } from '../monitors.js';
import type { CallRule, Filter } from './filter.js';
import { KILLED, NO_WRITTEN_CODE, NOTHING_EXECUTED } from './never.js';
import { LOADING, MEMORY_WITHOUT_CODE, RUNNING } from './running.js';

/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND; O_TMPFILE comes with one of the first two. */
const OPEN_FOR_WRITING = 0o3 | 0o100 | 0o1000 | 0o2000;
/** O_PATH of <asm-generic/fcntl.h>: what is opened so can be neither read nor written. */
const O_PATH = 0o10000000;
const NOT_TO_READ = constants.O_DIRECTORY | O_PATH;

/** No file is written. */
const NOT_WRITTEN: readonly CallRule[] = [
  { action: 'EPERM', calls: ['open'], when: [{ argument: 1, anyOf: OPEN_FOR_WRITING }] },
  { action: 'EPERM', calls: ['openat'], when: [{ argument: 2, anyOf: OPEN_FOR_WRITING }] },
];

/**
 * Nor read, after the seal. The C library tries that whenever it makes memory for another thread,
 * to count the processors, and does without.
 */
const NOT_READ: readonly CallRule[] = [
  {
    action: 'EPERM',
    quiet: true,
    calls: ['open'],
    when: [{ argument: 1, noneSet: NOT_TO_READ }],
  },
  {
    action: 'EPERM',
    quiet: true,
    calls: ['openat'],
    when: [{ argument: 2, noneSet: NOT_TO_READ }],
  },
];

/** From its start; with what the source of its events needs. */
export function watcherStart({ start, sealed }: MonitorCalls): Filter {
  return {
    rules: [KILLED, ...NO_WRITTEN_CODE, ...LOADING, ...RUNNING, ofSource([...start, ...sealed])],
    otherwise: 'ENOSYS',
  };
}

/**
 * Once its modules are loaded: nothing is opened but directories, and what can be neither read nor
 * written. openat2 has its flags in memory, which a filter cannot read.
 */
export function watcherSeal({ sealed }: MonitorCalls): Filter {
  return {
    rules: [
      NOTHING_EXECUTED,
      ...NOT_WRITTEN,
      ...NOT_READ,
      { action: 'allow', why: 'directories, by descriptor', calls: ['open', 'openat'] },
      MEMORY_WITHOUT_CODE,
      ...RUNNING,
      ofSource(sealed),
    ],
    otherwise: 'ENOSYS',
  };
}

function ofSource(calls: MonitorCalls['sealed']): CallRule {
  return { action: 'allow', why: 'the source of its events', calls };
}
