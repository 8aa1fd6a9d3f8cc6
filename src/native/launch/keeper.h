/*
 * The keeper: a process that waits until the program ends, and then ends every process that the
 * program started.
 *
 * A pid namespace needs two processes: the keeper, for which the master waits, and the namespace's
 * init, which reaps. The kernel ends everything in the namespace with its init, double-forked
 * children included. Without a pid namespace the keeper adopts orphans (PR_SET_CHILD_SUBREAPER) and
 * kills the remaining processes when the program or the master ends.
 *
 * The keeper also holds a leash, a descriptor whose other end the master has. When the master
 * closes its end, the keeper ends everything. So the master needs no privilege to end a role that
 * runs under another uid, and the keeper notices the master's end in two ways: by the leash and by
 * PR_SET_PDEATHSIG.
 */
#ifndef CLSYNC_LAUNCH_KEEPER_H
#define CLSYNC_LAUNCH_KEEPER_H

#include "launch/payload.h"

/*
 * Payload: 1 adoption, 2 pid namespace; the leash (UINT32_MAX: none), which the keeper then owns
 * and the program does not inherit; a mask of the capabilities that the keeper keeps. Returns in
 * the child that becomes the program.
 */
void step_keeper(struct payload *payload);

#endif
