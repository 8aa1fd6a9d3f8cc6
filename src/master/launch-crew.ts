/** Starts every member of the crew, each with socketpairs to its peers. */
import { closeSync } from 'node:fs';
import { ClsyncError } from '../shared/errors.js';
import { socketpair } from '../shared/native.js';
import type { Sandbox } from './sandbox/decision.js';
import type { Held } from './sandbox/held.js';
import { launchRole } from './sandbox/launch.js';
import type { RoleProcess } from './sandbox/launch.js';
import { CREW, ROLES } from './sandbox/roles.js';
import type { Member } from './sandbox/roles.js';

/**
 * Throws ClsyncError when a launcher cannot be run; the members started before are ended. `held` is
 * inherited by the launchers, and may be closed once this has returned.
 */
export function launchCrew(sandbox: Sandbox, held: Held): ReadonlyMap<Member, RoleProcess> {
  layCopies(sandbox);
  const started = new Map<Member, RoleProcess>();
  const ends = joinPeers();
  try {
    for (const member of CREW)
      started.set(member, launchRole(member.role, sandbox, ends.get(member) ?? [], held));
  } catch (error) {
    for (const process of started.values()) process.kill();
    throw error;
  } finally {
    for (const descriptor of [...ends.values()].flat()) closeSync(descriptor);
  }
  void Promise.all([...started.values()].map(({ executed }) => executed)).then(() =>
    sandbox.copies?.lift(),
  );
  return started;
}

/** The descriptors of each member's socketpairs, in the order of its peers. */
function joinPeers(): ReadonlyMap<Member, number[]> {
  const ends = new Map<Member, number[]>(CREW.map((member) => [member, []]));
  for (const [index, one] of CREW.entries())
    for (const other of CREW.slice(index + 1)) {
      if (!ROLES[one.role].peers.includes(other.role)) continue;
      const [left, right] = socketpair();
      ends.get(one)?.push(left);
      ends.get(other)?.push(right);
    }
  return ends;
}

function layCopies({ copies }: Sandbox): void {
  try {
    copies?.lay();
  } catch (error) {
    copies?.close();
    throw new ClsyncError(
      'SANDBOX',
      'executor',
      `copies of system files: ${(error as Error).message}`,
    );
  }
}
