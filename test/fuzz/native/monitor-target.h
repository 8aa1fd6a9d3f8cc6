/* What the target of the monitor and its stand-ins share. */
#ifndef TARGET_MONITOR_H
#define TARGET_MONITOR_H

#include "stand-ins.h"

int monitor_run(void);
/* What it was told: the program it executes, and the directory of its control group. */
const char *monitor_launcher(void);
const char *monitor_group(void);

#endif
