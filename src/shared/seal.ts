/**
 * The seal: what a process gives up once its modules are loaded. It can no longer be traced,
 * inspected or dumped, and loses the system calls that only its start needs.
 */
import { native } from './native.js';
import { countRefusals } from './refusals.js';
import type { Refused } from './refusals.js';
import { compileFilter, supportsFilters } from './seccomp/filter.js';
import type { CallRule, Filter } from './seccomp/filter.js';

/**
 * Applies to every thread of the process, and to the threads and programs it starts. On a kernel
 * without filters (the master warns of it at start) only tracing and dumping end.
 * @param filter undefined: none besides those that it has
 * @param refused is told of calls that the filter refuses
 */
export function seal(filter: Filter | undefined, refused: Refused = () => undefined): void {
  // Without a listener this signal opens Node's inspector.
  process.on('SIGUSR1', () => undefined);
  const hasFilter = filter !== undefined && supportsFilters();
  if (hasFilter) countRefusals(refused);
  try {
    native.seal(hasFilter ? compiled(filter) : Buffer.alloc(0));
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'seccomp' || (code !== 'EINVAL' && code !== 'ENOSYS')) throw error;
  }
}

/** `abort` and `raise` send a signal to the thread itself. */
function compiled({ rules, otherwise }: Filter): Buffer {
  const toItself: CallRule = {
    action: 'allow',
    calls: ['kill', 'tgkill'],
    when: [{ argument: 0, oneOf: [process.pid] }],
  };
  return compileFilter([toItself, ...rules], { otherwise, counted: true });
}
