#ifndef CLSYNC_LAUNCH_NAMESPACES_H
#define CLSYNC_LAUNCH_NAMESPACES_H

#include "launch/payload.h"

/* CLONE_NEW* flags of the namespaces that are the program's own. */
extern uint32_t launch_namespaces;

/* Payload: CLONE_NEW* flags, and for CLONE_NEWUSER the lines of uid_map and gid_map. */
void step_namespaces(struct payload *payload);

#endif
