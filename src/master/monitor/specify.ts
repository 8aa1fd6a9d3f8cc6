/** What the monitor itself is started as, and what it has open for its members. */
import { fromText } from '../../shared/bytes.js';
import { FILES } from '../../shared/layout.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { monitorFilter } from '../../shared/seccomp/monitor.js';
import type { Specification } from '../../shared/specification.js';
import { marksFor, needsNetwork } from '../sandbox/decision.js';
import type { Sandbox } from '../sandbox/decision.js';
import { capabilitiesOfMonitor, mayCutBounding } from '../sandbox/master.js';
import { CREW, ROLES } from '../sandbox/roles.js';
import type { MemberDescriptors } from './frozen-wire.js';

/**
 * Descriptors of the monitor: 0 to 2 are nothing, 3 requests, 4 news; the members' outputs follow.
 */
export const OUTPUTS = 5;

/** What the monitor has the members' descriptors as: `launch` gives them to it in this order. */
export function numbersIn({ outputs, state, settings }: Sandbox): MemberDescriptors[] {
  let next = OUTPUTS;
  const some = (count: number): number[] => Array.from({ length: count }, () => next++);
  const printed = CREW.map(({ role }) => some(outputs[role].length));
  const files = some(state.length);
  return CREW.map(({ role }, index) => ({
    outputs: printed[index] ?? [],
    granted: files.slice(0, ROLES[role].descriptors(settings)),
  }));
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
