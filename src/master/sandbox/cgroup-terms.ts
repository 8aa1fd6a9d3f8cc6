/** What a control group is, and the steps of making it. */
import type { BytePath } from '../../shared/bytes.js';
import type { LimitedMemory } from './cgroup-memory.js';
import type { SandboxedRole } from './roles.js';

/** One step of making the group; the monitor repeats them before it starts roles again. */
export type GroupRow =
  /** Makes the directory if it is not there. */
  | { readonly kind: 'make'; readonly path: string }
  /** Writes to a file. */
  | { readonly kind: 'set'; readonly path: string; readonly text: string }
  /** Writes a line for each disk that holds the directories: `major:minor TEXT`. */
  | { readonly kind: 'setDisks'; readonly path: string; readonly text: string }
  /** Attaches a device filter (struct bpf_insn) to a group that the row before has made. */
  | { readonly kind: 'filter'; readonly path: string; readonly program: Buffer };

export interface Cgroup {
  /** Why there is no group; then nothing is joined. */
  readonly absent?: string;
  /** Files that a process of a role writes its pid to, to join its group. */
  readonly joins: Readonly<Record<SandboxedRole, readonly BytePath[]>>;
  /** Of the roles whose memory is limited. */
  readonly memory: readonly LimitedMemory[];
  readonly rows: readonly GroupRow[];
  /** The group whose processes are killed with the executor, and the version of its hierarchy. */
  readonly ended: { readonly path: string; readonly version: 1 | 2 } | undefined;
  /** Removed at the end, in this order, if nobody is in them. */
  readonly groups: readonly string[];
}
