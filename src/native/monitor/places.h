/* The directories and files that the roles are shown, opened anew for each start. */
#ifndef CLSYNC_MONITOR_PLACES_H
#define CLSYNC_MONITOR_PLACES_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `user` may own what `owner` owned: root and the starter may own everything. */
bool places_may_own(uint32_t user, uint32_t owner);

/*
 * Opens the frozen places that are needed (O_PATH), component by component without following a
 * symbolic link, and refuses those of another kind or owner; -1 for others. Returns 0, or errno;
 * then none is open. ETIMEDOUT: a file system does not answer.
 */
int places_open(const bool *needed, int *descriptors);

void places_close(const int *descriptors);

/*
 * Whoever owns the places now may own them from now on. If a file system does not answer: whoever
 * owns them when it does, at a later start.
 */
void places_accept(void);

#endif
