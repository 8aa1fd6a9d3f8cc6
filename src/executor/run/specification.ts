/** The launcher's specification for a handler, hook or plug-in host. */
import type { BytePath } from '../../shared/bytes.js';
import { LANDLOCK_SCOPE } from '../../shared/specification.js';
import type { Execution, Preparation, Specification } from '../../shared/specification.js';

/** Where a program is started. */
export interface Surroundings {
  /** Absolute. */
  readonly directory: BytePath;
  /** Descriptors above 2 that the program inherits, ascending. */
  readonly descriptors?: readonly number[];
}

/** The program, and what it gets at its start. */
export interface ProgramCall extends Surroundings, Execution {}

/** Restrictions of a handler in addition to the executor's. */
export type HandlerRestrictions = Pick<Preparation, 'capabilities' | 'landlock' | 'seccomp'>;

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
  confinement: CallConfinement,
): Specification {
  return { ...callPreparation(call, keeper, confinement), ...executionOf(call) };
}

/** What of it is known before the program is. */
export function callPreparation(
  surroundings: Surroundings,
  keeper: number,
  { restrictions, leaves }: CallConfinement,
): Preparation {
  const preparation = preparationOf(surroundings, restrictions(keeper));
  const scoped = ((preparation.landlock?.scoped ?? 0n) & LANDLOCK_SCOPE.signals) !== 0n;
  return { ...preparation, call: { scoped, leaves, grace: GRACE } };
}

/**
 * The specification for `call`: a new session; killed when its parent ends; no other descriptors.
 * Ids, capabilities and filters are inherited from the executor.
 */
export function handlerSpecification(
  call: ProgramCall,
  restrictions: HandlerRestrictions = {},
): Specification {
  return { ...preparationOf(call, restrictions), ...executionOf(call) };
}

function preparationOf(
  { directory, descriptors = [] }: Surroundings,
  restrictions: HandlerRestrictions,
): Preparation {
  return {
    ...restrictions,
    descriptors: [0, 1, 2, ...descriptors],
    session: true,
    directory,
    parent: process.pid,
    noNewPrivileges: true,
  };
}

function executionOf({ program, arguments: words, environment }: ProgramCall): Execution {
  return { program, arguments: words, environment };
}
