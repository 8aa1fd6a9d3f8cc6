/**
 * What the launcher (src/native/launch.c) does before it executes a program: plain data, encoded here, applied there in the order of
 * `STEP`. Used by the master for the roles and by the executor for handlers and hooks.
 *
 * On the wire, little-endian: magic, length of the whole, then steps as (id, length, payload), ids ascending.
 */
import type { BytePath } from './bytes.js';

/** Sets as masks, bit N for capability number N; see capabilities(7). */
export interface CapabilitySets {
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/** Credentials, all three of real, effective and saved; `groups` replaces the supplementary groups. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** One of setrlimit(2), by the number of <sys/resource.h>. */
export interface ResourceLimit {
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

export interface Specification {
  /** Files to write `0` to, so that the process joins those cgroups. */
  readonly cgroups?: readonly BytePath[];
  /** Descriptors that stay open, besides the launcher's own; all others are closed. */
  readonly descriptors: readonly number[];
  /** A session of its own (setsid(2)). */
  readonly session: boolean;
  readonly limits?: readonly ResourceLimit[];
  readonly umask?: number;
  /** Working directory. */
  readonly directory: BytePath;
  /** What stays in the bounding set; undefined leaves it as it is. */
  readonly bounding?: bigint;
  /** undefined: as the caller. */
  readonly identity?: Identity;
  /** undefined: as the caller. */
  readonly capabilities?: CapabilitySets;
  /** Process that must still be the parent, whose end kills the program with SIGKILL; as seen from the launcher's pid namespace. */
  readonly parent: number;
  readonly noNewPrivileges: boolean;
  /** Absolute path of what is executed. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
}

/** Largest encoded specification, bytes. */
export const SPECIFICATION_MAX = 8 << 20;

/** The program, argument vector, environment and working directory of a handler, hook or plug-in host. */
export interface ProgramCall {
  readonly program: BytePath;
  readonly arguments: readonly BytePath[];
  readonly environment: readonly BytePath[];
  readonly directory: BytePath;
}
