/* Steps that set up the process itself, from its control groups to executing the program. */
#ifndef CLSYNC_LAUNCH_PROCESS_H
#define CLSYNC_LAUNCH_PROCESS_H

#include "launch/payload.h"

/*
 * Payload: paths of the files cgroup.procs (or tasks) of the groups to join. Closes the descriptors
 * it opens.
 */
void step_cgroup(struct payload *payload);
/*
 * Payload: the descriptors to keep, ascending; the program inherits them. Closes all others except
 * the launcher's own, which is close-on-exec.
 */
void step_descriptors(struct payload *payload);
/* No payload: a new session. */
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
