/** Starts members of the crew. */
import { ClsyncError } from '../shared/errors.js';
import type { Monitor } from './monitor/monitor.js';
import { executorsOf, membersOf } from './sandbox/decision.js';
import type { Sandbox } from './sandbox/decision.js';
import type { RoleProcess } from './sandbox/launch.js';
import type { Member } from './sandbox/roles.js';

/** Throws ClsyncError when they cannot be started; then none runs. */
export function launchCrew(
  sandbox: Sandbox,
  monitor: Monitor,
  members = membersOf(sandbox),
): ReadonlyMap<Member, RoleProcess> {
  layCopies(sandbox);
  return monitor.start(members);
}

export function layCopies(sandbox: Sandbox): void {
  for (const { copies } of executorsOf(sandbox)) lay(copies);
}

function lay(copies: Sandbox['copies']): void {
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
