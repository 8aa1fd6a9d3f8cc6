/* What the kernel keeps for each thread, for all threads of the process. */
#ifndef CLSYNC_ADDON_EVERY_THREAD_H
#define CLSYNC_ADDON_EVERY_THREAD_H

/*
 * Has every thread do it, the caller last; but those that are created meanwhile only where their
 * creator had done it. `act` runs in a signal handler, so that it makes system calls only. Returns
 * 0 or errno.
 */
int in_every_thread(void (*act)(void));

#endif
