/*
 * The keeper: a process that remains until the program ends, and ends all that it has started.
 *
 * In a pid namespace that takes two processes: the keeper, whom the master waits for, and the
 * namespace's init, which reaps. The kernel ends everything in the namespace with its init,
 * double-forked children included. Without a pid namespace the keeper adopts orphans
 * (PR_SET_CHILD_SUBREAPER) and kills what is left when the program or the master ends.
 *
 * The keeper also holds a leash, a descriptor whose other end the master has: when that is closed,
 * all ends. So the master needs no privilege to end a role that runs under another uid, and its
 * death is noticed in two ways: by the leash and by PR_SET_PDEATHSIG.
 */
#ifndef CLSYNC_LAUNCH_KEEPER_H
#define CLSYNC_LAUNCH_KEEPER_H

#include "launch/payload.h"

/*
 * Payload: 1 adoption, 2 pid namespace; the leash (UINT32_MAX: none), which the keeper owns from
 * here on and the program does not get; a mask of the capabilities that the keeper keeps. Returns
 * in the child that becomes the program.
 */
void step_keeper(struct payload *payload);

#endif
