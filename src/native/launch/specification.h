/* The launcher's input: one payload for each step, see src/shared/specification-wire.ts. */
#ifndef CLSYNC_LAUNCH_SPECIFICATION_H
#define CLSYNC_LAUNCH_SPECIFICATION_H

#include "launch/payload.h"

/*
 * Numbers of STEP in specification-wire.ts, which is also the order in which steps are applied. A
 * failed step ends the launcher with FIRST_STATUS plus its number.
 */
enum launch_step {
	STEP_SPECIFICATION,
	STEP_CGROUP,
	STEP_DESCRIPTORS,
	STEP_SESSION,
	STEP_EVENTS,
	STEP_NAMESPACES,
	STEP_KEEPER,
	STEP_MOUNTS,
	STEP_LIMITS,
	STEP_UMASK,
	STEP_DIRECTORY,
	STEP_BOUNDING,
	STEP_IDENTITY,
	STEP_CAPABILITIES,
	STEP_PARENT,
	STEP_PRIVILEGES,
	STEP_MEMORY,
	STEP_CALL,
	STEP_LANDLOCK,
	STEP_RESOLVER,
	STEP_SECCOMP,
	STEP_PROGRAM,
	STEPS
};
#define FIRST_STATUS 200

/*
 * The payload of each step; `at` is NULL when the step is left out. They point into memory that is
 * never freed.
 */
extern struct payload specification[STEPS];

/*
 * Reads a part of the specification from a descriptor, which stays the caller's: steps after
 * `after`. Returns its last step.
 */
enum launch_step read_specification(int descriptor, enum launch_step after);

#endif
