/*
 * Steps that remove rights permanently: no memory that becomes executable, Landlock rules for
 * files, TCP and signals, a filter of system calls.
 */
#ifndef CLSYNC_LAUNCH_RESTRICTIONS_H
#define CLSYNC_LAUNCH_RESTRICTIONS_H

#include "launch/payload.h"

/* No payload: PR_SET_MDWE. It is kept over execve(2) and inherited by child processes. */
void step_memory(struct payload *payload);
/*
 * Payload: masks of handled rights for files, network and scopes; the mask of rights that apply to
 * files that are not directories; then paths with their rights. Closes the descriptors it opens.
 */
void step_landlock(struct payload *payload);
/* Payload: an array of struct sock_filter. It must allow the system calls of the last step. */
void step_seccomp(struct payload *payload);

#endif
