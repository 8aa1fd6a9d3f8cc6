/**
 * What a process gives up once its modules are loaded: it is never traced, inspected or dumped, and
 * loses what only its start needed.
 */
import { native } from './native.js';
import { compileFilter, supportsFilters } from './seccomp/filter.js';
import type { CallRule } from './seccomp/filter.js';

/**
 * Holds for every thread of the process, and for the threads and programs it starts. Where the
 * kernel has no filters (of which the master warns at start) only tracing and dumping end.
 */
export function seal(rules: readonly CallRule[]): void {
  // Opens Node's inspector unless somebody listens.
  process.on('SIGUSR1', () => undefined);
  const filter = rules.length > 0 && supportsFilters() ? compileFilter(rules) : Buffer.alloc(0);
  try {
    native.seal(filter);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'seccomp' || (code !== 'EINVAL' && code !== 'ENOSYS')) throw error;
  }
}
