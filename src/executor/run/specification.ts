/** The launcher's specification for a handler, hook or plug-in host. */
import type { BytePath } from '../../shared/bytes.js';
import type { Specification } from '../../shared/specification.js';

/** The program, and what it gets at its start. */
export interface ProgramCall {
  /** Absolute. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
  /** Absolute. */
  readonly directory: BytePath;
  /** Descriptors above 2 that the program inherits, ascending. */
  readonly descriptors?: readonly number[];
}

/** Restrictions of a handler in addition to the executor's. */
export type HandlerRestrictions = Pick<Specification, 'landlock' | 'seccomp'>;

/**
 * The specification for `call`: a new session, so that all its processes can be killed; killed when
 * the executor ends; no other descriptors. Ids, capabilities and filters are inherited from the
 * executor.
 */
export function handlerSpecification(
  call: ProgramCall,
  restrictions: HandlerRestrictions = {},
): Specification {
  return {
    ...restrictions,
    descriptors: [0, 1, 2, ...(call.descriptors ?? [])],
    session: true,
    directory: call.directory,
    parent: process.pid,
    noNewPrivileges: true,
    program: call.program,
    arguments: call.arguments,
    environment: call.environment,
  };
}
