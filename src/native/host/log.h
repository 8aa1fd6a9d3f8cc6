/* The records that a handler writes to the daemon's log: include/clsync/error.h. */
#ifndef CLSYNC_HOST_LOG_H
#define CLSYNC_HOST_LOG_H

/* Where records go, and those of which debug levels: 0 for none. The channel stays the caller's. */
void host_log_to(int channel, int debug);

#endif
