/* Steps about the process itself, from its control groups to the program that it becomes. */
#ifndef CLSYNC_LAUNCH_PROCESS_H
#define CLSYNC_LAUNCH_PROCESS_H

#include "launch/payload.h"

/*
 * Payload: the files cgroup.procs (or tasks) to join. A descriptor that is opened for it is closed.
 */
void step_cgroup(struct payload *payload);
/*
 * Payload: the descriptors to keep, ascending; they become the program's. All others are closed but
 * the launcher's own, which closes when the program is executed.
 */
void step_descriptors(struct payload *payload);
/* No payload: a session of its own. */
void step_session(struct payload *payload);
/* Payload: resources with their soft and hard limits, as setrlimit(2) takes them. */
void step_limits(struct payload *payload);
/* Payload: the file mode creation mask. */
void step_umask(struct payload *payload);
/* Payload: the working directory, an absolute path. */
void step_directory(struct payload *payload);
/* Payload: an absolute path, arguments and environment. Executes it: never returns. */
void step_program(struct payload *payload);

#endif
