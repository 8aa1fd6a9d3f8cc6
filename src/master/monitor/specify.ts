/** What the monitor itself is started as, and what it has open for its members. */
import { fromText } from '../../shared/bytes.js';
import { FILES } from '../../shared/layout.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { monitorFilter } from '../../shared/seccomp/monitor.js';
import type { Specification } from '../../shared/specification.js';
import { executorsOf, marksFor, membersOf, needsNetwork } from '../sandbox/decision.js';
import type { Sandbox } from '../sandbox/decision.js';
import { capabilitiesOfMonitor, mayCutBounding } from '../sandbox/master.js';
import type { MemberDescriptors } from './frozen-wire.js';

/**
 * Descriptors of the monitor: 0 to 2 are nothing, 3 requests, 4 news; the members' outputs follow.
 */
export const OUTPUTS = 5;

/** What the monitor has the members' descriptors as. */
export function numbersIn(sandbox: Sandbox): MemberDescriptors[] {
  let next = OUTPUTS;
  const some = (count: number): number[] => Array.from({ length: count }, () => next++);
  const crew = membersOf(sandbox);
  const printed = crew.map(({ role }) => some(sandbox.outputs[role].length));
  const files = executorsOf(sandbox).map(({ state }) => some(state.length));
  return crew.map(({ role, destination }, index) => ({
    outputs: printed[index] ?? [],
    granted: role === 'executor' ? (files[destination] ?? []) : [],
  }));
}

/** What `launch` gives it for them, in this order. */
export function givenFor(sandbox: Sandbox): readonly number[] {
  return [
    ...membersOf(sandbox).flatMap(({ role }) => sandbox.outputs[role]),
    ...executorsOf(sandbox).flatMap(({ state }) => state),
  ];
}

export function specifyMonitor(sandbox: Sandbox, wire: number): Specification {
  const held = capabilitiesOfMonitor(sandbox);
  // Root gets its own back when a program is executed; other users keep ambient ones.
  const handedOn = process.geteuid?.() === 0 ? 0n : held;
  return {
    descriptors: Array.from({ length: wire }, (_, index) => index),
    session: true,
    directory: fromText('/'),
    ...(mayCutBounding() ? { bounding: held } : {}),
    capabilities: { permitted: held, effective: held, inheritable: handedOn, ambient: handedOn },
    noNewPrivileges: true,
    ...(sandbox.filters
      ? { seccomp: compileFilter(monitorFilter(needsNetwork(sandbox), marksFor(sandbox))) }
      : {}),
    program: fromText(FILES.monitor),
    arguments: [fromText(FILES.monitor)],
    environment: [],
  };
}
