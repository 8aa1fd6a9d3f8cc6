/* The system calls that the clerk, and what it forks, are refused. */
#ifndef CLSYNC_MONITOR_REFUSED_H
#define CLSYNC_MONITOR_REFUSED_H

#include "monitor/words.h"

/* Before the filter is applied that sends the signal for a call that it refuses. */
void refused_begin(void);

/* Says in an answer what there is to tell: of one call. */
void refused_tell(struct answer *answer);

#endif
