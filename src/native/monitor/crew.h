/* The running members, each a keeper or role that the launcher became. */
#ifndef CLSYNC_MONITOR_CREW_H
#define CLSYNC_MONITOR_CREW_H

#include "monitor/frozen.h"

#include <stdbool.h>
#include <sys/types.h>

enum crew_fault { FAULT_NONE, FAULT_PLACE, FAULT_GROUP, FAULT_START, FAULT_FILE, FAULT_WAIT };

/* For the master: its ends of each member's channel, and of the wire its launcher reports on. */
struct crew_started {
	enum crew_fault fault;
	int error;
	pid_t pids[MEMBERS_MAX];
	int channels[MEMBERS_MAX], wires[MEMBERS_MAX];
};

/*
 * Starts members, a bit each; 0: all. One that shares a socketpair with a member that runs already
 * joins it: that one is sent its end. The descriptors in `started`, -1 for who was not to be
 * started, are the caller's if there is no fault.
 */
void crew_start(uint32_t wanted, struct crew_started *started);

/* Ends a member with everything it started: its keeper sees that the leash is gone. */
void crew_kill(uint32_t member);

/* Takes the end of a process; returns the member it was, or -1. */
int crew_ended(pid_t pid);

bool crew_is_running(void);

#endif
