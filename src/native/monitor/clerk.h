#ifndef CLSYNC_MONITOR_CLERK_H
#define CLSYNC_MONITOR_CLERK_H

/* Hears the master on descriptor 3; `starter` leads to the process that starts the members. */
_Noreturn void clerk_run(int starter);

#endif
