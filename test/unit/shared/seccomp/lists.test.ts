/**
 * What processes may call is what they were seen to call, and what there is a reason for; and it is
 * as much on another architecture.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSCALLS } from '../../../../src/shared/seccomp/syscalls.js';
import type { Syscall } from '../../../../src/shared/seccomp/syscalls.js';
import { allowed, explained, LIST_NAMES, listed } from '../../../confinement/call-lists.js';
import { readRecord } from '../../../confinement/call-record.js';
import { UNRECORDED } from '../../../confinement/unrecorded-calls.js';

const { calls, nodes } = readRecord();

test('the record was made with every version of Node that is supported', () => {
  assert.deepEqual(Object.keys(nodes), ['20', '22', '24', '26']);
});

for (const name of LIST_NAMES) {
  const recorded = Object.keys(calls[name]);
  const reasons = UNRECORDED.filter(({ lists }) => lists === undefined || lists.includes(name));
  const reasoned = new Set<string>(reasons.flatMap((row) => row.calls));

  test(`${name}: what was recorded is in the list`, () => {
    const list: ReadonlySet<string> = listed(name);
    assert.ok(recorded.length > 0);
    assert.deepEqual(
      recorded.filter((call) => !list.has(call)),
      [],
    );
  });

  test(`${name}: what is in the list was recorded, or has a reason`, () => {
    const later = LIST_NAMES.find((other) => name === `${other} at its start`);
    const known = new Set([
      ...recorded,
      ...reasoned,
      ...explained(name),
      ...(later === undefined ? [] : allowed(later)),
    ]);
    assert.deepEqual(
      [...allowed(name)].filter((call) => !known.has(call)),
      [],
    );
  });

  test(`${name}: on arm64 nothing is missing`, () => {
    const list = allowed(name);
    const missing = [...list].filter((call) => {
      if (SYSCALLS[call][1] !== null) return false;
      const other = ON_ARM64[call];
      return other === undefined || (other !== 'nothing' && !list.has(other));
    });
    assert.deepEqual(missing, []);
  });
}

test('a reason is for a call that some list has, and that was not recorded for each', () => {
  for (const { calls: without, lists = LIST_NAMES, why } of UNRECORDED) {
    assert.match(why, /^[a-z].*[^.]$/);
    for (const call of without) {
      const having = lists.filter((name) => allowed(name).has(call));
      assert.ok(
        having.some((name) => calls[name][call] === undefined),
        `${call}: ${why}`,
      );
    }
  }
});

/** What the C library calls there in place of a call that arm64 does not have. */
const ON_ARM64: Partial<Record<Syscall, Syscall | 'nothing'>> = {
  access: 'faccessat',
  alarm: 'setitimer',
  arch_prctl: 'nothing', // the register of a thread's own memory can be set without it
  chmod: 'fchmodat',
  chown: 'fchownat',
  creat: 'openat',
  dup2: 'dup3',
  epoll_create: 'epoll_create1',
  epoll_wait: 'epoll_pwait',
  eventfd: 'eventfd2',
  fork: 'clone',
  futimesat: 'utimensat',
  getdents: 'getdents64',
  getpgrp: 'getpgid',
  inotify_init: 'inotify_init1',
  lchown: 'fchownat',
  link: 'linkat',
  lstat: 'fstatat',
  mkdir: 'mkdirat',
  mknod: 'mknodat',
  newfstatat: 'fstatat',
  open: 'openat',
  pause: 'ppoll',
  pipe: 'pipe2',
  poll: 'ppoll',
  readlink: 'readlinkat',
  rename: 'renameat',
  rmdir: 'unlinkat',
  select: 'pselect6',
  signalfd: 'signalfd4',
  stat: 'fstatat',
  symlink: 'symlinkat',
  time: 'clock_gettime',
  unlink: 'unlinkat',
  utime: 'utimensat',
  utimes: 'utimensat',
  vfork: 'clone',
};
