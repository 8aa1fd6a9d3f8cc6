/*
 * Looks at the user's paths, each time in a process of its own: a file system may never answer, and
 * then no signal ends who waits for it.
 */
#ifndef CLSYNC_MONITOR_LOOK_H
#define CLSYNC_MONITOR_LOOK_H

#include "common/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* There is no answer. The process is left to wait for it. */
#define LOOK_WAITS (-1)

/* What is at a place. */
struct seen {
	int32_t error; /* errno */
	uint32_t owner, mode;
};

/*
 * Describes what is at a path of the table of looks, see identity_describe. Returns 0, errno, or
 * LOOK_WAITS with errno ETIMEDOUT, or EBUSY when it has waited since an earlier call.
 */
int look_at(uint32_t number, char text[IDENTITY_SIZE]);

/*
 * Opens the frozen places that are needed (O_PATH); -1 for others, and where there is an error.
 * Returns as `look_at`; then none is open unless it is 0.
 */
int look_places(const bool *needed, int *descriptors, struct seen *seen);

/* From now on nobody waits long: before, the master had just looked itself. */
void look_in_haste(void);

/* When whoever begins now has waited long enough, in milliseconds(). */
int64_t look_deadline(void);

/* Takes the end of a process. */
void look_ended(pid_t pid);

/* Kills those who wait, and names some of them. */
void look_end(int32_t *pids, size_t size);

#endif
