/* The process's ids, capabilities and privileges, and the parent with which it ends. */
#ifndef CLSYNC_LAUNCH_CREDENTIALS_H
#define CLSYNC_LAUNCH_CREDENTIALS_H

#include "launch/payload.h"

#include <sys/types.h>

/*
 * Drops as much of the bounding set as possible. Must come before the ids change, as that removes
 * the capability needed for it.
 */
void drop_bounding(void);
/* Drops every capability that is not in the mask. */
void drop_capabilities(uint64_t kept);
/* Has the kernel send `signal` when the parent ends; fails when the parent is not `expected`. */
void end_with(pid_t expected, int signal);

/*
 * The pid that the parent must have once the keeper or init is the parent; 0 before that: the
 * parent must be the process named in the specification.
 */
extern pid_t launch_parent;

/* Payload: mask of the capabilities that stay in the bounding set. */
void step_bounding(struct payload *payload);
/*
 * Payload: uid, gid, supplementary groups. Permitted capabilities are kept; the next step limits
 * them.
 */
void step_identity(struct payload *payload);
/* Payload: masks permitted, effective, inheritable, ambient. */
void step_capabilities(struct payload *payload);
/*
 * Payload: the process that must be the parent; the program is killed when it ends. Comes after the
 * ids, since changing them clears the setting.
 */
void step_parent(struct payload *payload);
/* No payload: PR_SET_NO_NEW_PRIVS. */
void step_privileges(struct payload *payload);

#endif
