/*
 * The keeper of a call: a process that waits until a handler has ended, ends what the handler has
 * left running, whatever sessions it made, and then ends as the handler did. It adopts orphans
 * (PR_SET_CHILD_SUBREAPER), so that none gets away.
 *
 * SIGTERM: it passes the signal on to every process of the call, and kills those that are left when
 * the grace is over. SIGUSR1: it passes SIGTERM on to all but the handler itself.
 */
#ifndef CLSYNC_LAUNCH_CALL_H
#define CLSYNC_LAUNCH_CALL_H

#include "launch/payload.h"

/*
 * Payload: flags CALL_*; the grace, milliseconds. The launcher becomes the keeper; returns in the
 * child that becomes the handler.
 */
void step_call(struct payload *payload);

/*
 * The next step's rules keep signals in their domain. The keeper is in one of its own then, to
 * which it can send them all at once, and the handler in one within it, from which none reach the
 * keeper.
 */
#define CALL_SCOPED 1u
/* What the handler has left running when it ended by itself goes on. */
#define CALL_LEAVES 2u

#endif
