/** The launcher's specification for a handler, hook or plug-in host. */
import type { BytePath } from '../../shared/bytes.js';
import { LANDLOCK_SCOPE } from '../../shared/specification.js';
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

/** What holds for every call of a handler. */
export interface CallConfinement {
  /** @param keeper the process number of the call's keeper */
  readonly restrictions: (keeper: number) => HandlerRestrictions;
  /** What a handler has left running when it ends by itself goes on. */
  readonly leaves: boolean;
}

export const UNCONFINED: CallConfinement = { restrictions: () => ({}), leaves: false };

/** Milliseconds that a call has to end by itself once it is told to. */
export const GRACE = 300;

/** The specification for a call whose launcher, `keeper`, becomes the call's keeper. */
export function callSpecification(
  call: ProgramCall,
  keeper: number,
  { restrictions, leaves }: CallConfinement,
): Specification {
  const specification = handlerSpecification(call, restrictions(keeper));
  const scoped = ((specification.landlock?.scoped ?? 0n) & LANDLOCK_SCOPE.signals) !== 0n;
  return { ...specification, call: { scoped, leaves, grace: GRACE } };
}

/**
 * The specification for `call`: a new session; killed when its parent ends; no other descriptors.
 * Ids, capabilities and filters are inherited from the executor.
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
