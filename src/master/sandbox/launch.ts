/** Starts a role through the launcher, inside its sandbox, joined to the master by a socketpair. */
import type { ClsyncError } from '../../shared/errors.js';
import type { SandboxSettings } from './settings.js';

export type { SandboxSettings } from './settings.js';

/** A running watcher or executor. */
export interface RoleProcess {
  readonly pid: number;
  /** The master's end of the socketpair to the role; whoever takes it closes it. */
  readonly channel: number;
  /** Never rejects. `error` is set when the role could not be started at all. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly error?: ClsyncError }>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `role`; `peer` is the descriptor that becomes the role's descriptor 4, and stays open here (close it once both roles have theirs). */
export function launchRole(role: 'watcher' | 'executor', sandbox: SandboxSettings, peer: number): RoleProcess {
  throw new Error(`${role} ${sandbox.watchDirectory} ${peer}`);
}
