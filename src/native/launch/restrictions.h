/*
 * Steps that take rights away for good: memory that becomes executable, Landlock on files, TCP and
 * signals, the filter of system calls.
 */
#ifndef CLSYNC_LAUNCH_RESTRICTIONS_H
#define CLSYNC_LAUNCH_RESTRICTIONS_H

#include "launch/payload.h"

/* No payload: PR_SET_MDWE. The program inherits it over the exec, and so does what it starts. */
void step_memory(struct payload *payload);
/*
 * Payload: masks handled for files, network and scopes; the mask of rights on files that are no
 * directories; then paths with their rights. Descriptors that are opened for it are closed.
 */
void step_landlock(struct payload *payload);
/* Payload: an array of struct sock_filter. It must let through what the last step needs. */
void step_seccomp(struct payload *payload);

#endif
