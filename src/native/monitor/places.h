/* The directories and files that the roles are shown, opened anew for each start. */
#ifndef CLSYNC_MONITOR_PLACES_H
#define CLSYNC_MONITOR_PLACES_H

#include <stdint.h>

/*
 * Opens all frozen places (O_PATH), component by component without following a symbolic link, and
 * refuses those of another kind or owner. Returns 0, or errno; then none is open.
 */
int places_open(int *descriptors);

void places_close(const int *descriptors);

/* Whoever owns the places now may own them from now on. */
void places_accept(void);

#endif
