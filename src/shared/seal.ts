/** What a role gives up once its modules are loaded: it is never traced or dumped, and loses what only its start needed. */
import { native } from './native.js';
import { compileFilter } from './seccomp/filter.js';
import type { Rule } from './seccomp/filter.js';

/** Holds for every thread of the process, and for the threads and programs it starts. */
export function seal(rules: readonly Rule[]): void {
  native.seal(rules.length === 0 ? Buffer.alloc(0) : compileFilter(rules));
}
