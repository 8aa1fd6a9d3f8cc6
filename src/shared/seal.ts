/**
 * The seal: what a process gives up once its modules are loaded. It can no longer be traced,
 * inspected or dumped, and loses the system calls that only its start needs.
 */
import { native } from './native.js';
import { compileFilter, supportsFilters } from './seccomp/filter.js';
import type { CallRule } from './seccomp/filter.js';

/**
 * Applies to every thread of the process, and to the threads and programs it starts. On a kernel
 * without filters (the master warns of it at start) only tracing and dumping end.
 */
export function seal(rules: readonly CallRule[]): void {
  // Without a listener this signal opens Node's inspector.
  process.on('SIGUSR1', () => undefined);
  const filter = rules.length > 0 && supportsFilters() ? compileFilter(rules) : Buffer.alloc(0);
  try {
    native.seal(filter);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'seccomp' || (code !== 'EINVAL' && code !== 'ENOSYS')) throw error;
  }
}
