/** The lists of allowed system calls, by the process and the phase that they are for. */
import { MONITORS } from '../../src/shared/monitors.js';
import { CLERK_CALLS } from '../../src/shared/seccomp/clerk.js';
import { executorSeal, executorStart } from '../../src/shared/seccomp/executor.js';
import type { ExecutorChoice } from '../../src/shared/seccomp/executor.js';
import type { CallRule } from '../../src/shared/seccomp/filter.js';
import { MASTER_SEAL } from '../../src/shared/seccomp/master.js';
import type { Syscall } from '../../src/shared/seccomp/syscalls.js';
import { watcherSeal, watcherStart } from '../../src/shared/seccomp/watcher.js';

const ALONE: ExecutorChoice = {
  ...({ writtenCode: 'refused', network: false, sockets: false, rawSockets: false } as const),
  ...{ ids: undefined, setid: true, devices: true, copies: true, executes: false },
};
const PROGRAMS: ExecutorChoice = {
  ...ALONE,
  ...{ network: true, sockets: true, rawSockets: true, copies: false, executes: true },
};
const { inotify, fanotify } = MONITORS;

const RULES = {
  clerk: CLERK_CALLS,
  master: MASTER_SEAL.rules,
  'watcher at its start': [
    ...watcherStart(inotify.calls).rules,
    ...watcherStart(fanotify.calls).rules,
  ],
  watcher: [...watcherSeal(inotify.calls).rules, ...watcherSeal(fanotify.calls).rules],
  'executor alone at its start': executorStart(ALONE).rules,
  'executor alone': executorSeal(false)?.rules ?? [],
  'executor with programs': executorStart(PROGRAMS).rules,
  'executor with rsync': executorStart({ ...PROGRAMS, onlyRsync: true }).rules,
} as const satisfies Readonly<Record<string, readonly CallRule[]>>;

export type ListName = keyof typeof RULES;
export const LIST_NAMES = Object.keys(RULES) as readonly ListName[];

export function allowed(name: ListName): ReadonlySet<Syscall> {
  return callsOf(name, ({ action }) => action === 'allow');
}

/**
 * What is allowed, or refused without being counted, as libraries try it and do without; of what
 * programs are refused nothing is counted.
 */
export function listed(name: ListName): ReadonlySet<Syscall> {
  return callsOf(
    name,
    ({ action, quiet }) => action === 'allow' || quiet === true || isOfPrograms(name),
  );
}

/** What programs may that nobody has recorded: the row has the reason. */
export function explained(name: ListName): ReadonlySet<Syscall> {
  return callsOf(name, ({ why }) => why !== undefined && isOfPrograms(name));
}

function isOfPrograms(name: ListName): boolean {
  return name.startsWith('executor with');
}

function callsOf(name: ListName, which: (rule: CallRule) => boolean): ReadonlySet<Syscall> {
  const rules: readonly CallRule[] = RULES[name];
  return new Set(rules.filter(which).flatMap(({ calls }) => calls));
}
