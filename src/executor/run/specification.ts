/** What the launcher is told of a handler, hook or plug-in host. */
import type { BytePath } from '../../shared/bytes.js';
import type { Specification } from '../../shared/specification.js';

/** What a handler, hook or plug-in host is started with. */
export interface ProgramCall {
  /** Absolute. */
  readonly program: BytePath;
  /** argv, the program's name first. */
  readonly arguments: readonly BytePath[];
  /** The whole environment, `NAME=value`. */
  readonly environment: readonly BytePath[];
  /** Absolute. */
  readonly directory: BytePath;
  /** Descriptors above 2 that the program is given, ascending. */
  readonly descriptors?: readonly number[];
}

/** What a handler loses besides what the executor lacks. */
export type HandlerRestrictions = Pick<Specification, 'landlock' | 'seccomp'>;

/**
 * What the executor asks the launcher for when it runs `call`: a session of its own (so that all of
 * it can be killed), its end with the executor's, no other descriptors. Ids, capabilities and
 * filters are inherited from the executor.
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
