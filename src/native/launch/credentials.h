/* Who the process is and what it may do, and whose end is its own. */
#ifndef CLSYNC_LAUNCH_CREDENTIALS_H
#define CLSYNC_LAUNCH_CREDENTIALS_H

#include "launch/payload.h"

#include <sys/types.h>

/*
 * Gives up what can be given up of the bounding set. Comes before the change of ids, which takes
 * away the capability that this needs.
 */
void drop_bounding(void);
/* Gives up every capability but those of the mask. */
void drop_capabilities(uint64_t kept);
/* Has the kernel send `signal` when the parent ends; fails when that is not `expected`. */
void end_with(pid_t expected, int signal);

/*
 * Who the parent must be once the keeper has stepped in between; 0 before that: the process that
 * the specification names.
 */
extern pid_t launch_parent;

/* Payload: mask of what stays in the bounding set. */
void step_bounding(struct payload *payload);
/*
 * Payload: uid, gid, supplementary groups. Capabilities stay permitted; the next step says which.
 */
void step_identity(struct payload *payload);
/* Payload: masks permitted, effective, inheritable, ambient. */
void step_capabilities(struct payload *payload);
/*
 * Payload: the process that must be the parent, and whose end is the program's. After the ids,
 * since changing them clears the setting.
 */
void step_parent(struct payload *payload);
/* No payload: PR_SET_NO_NEW_PRIVS. */
void step_privileges(struct payload *payload);

#endif
