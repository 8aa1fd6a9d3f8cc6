/** Starts every member of the crew. */
import { ClsyncError } from '../shared/errors.js';
import type { Monitor } from './monitor/monitor.js';
import type { Sandbox } from './sandbox/decision.js';
import type { RoleProcess } from './sandbox/launch.js';
import type { Member } from './sandbox/roles.js';

/** Throws ClsyncError when they cannot be started; then none runs. */
export function launchCrew(sandbox: Sandbox, monitor: Monitor): ReadonlyMap<Member, RoleProcess> {
  layCopies(sandbox);
  return monitor.start();
}

export function layCopies({ copies }: Sandbox): void {
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
