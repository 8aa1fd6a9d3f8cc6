/* The records that a handler writes to the daemon's log: include/clsync/error.h. */
#ifndef CLSYNC_HOST_LOG_H
#define CLSYNC_HOST_LOG_H

/*
 * Sets the channel that records are written to, which the caller keeps, and the highest debug level
 * that is written; 0: none.
 */
void host_log_to(int channel, int debug);

#endif
