/* The unit of all times in findings, and in the settings of walks. */
#ifndef CLSYNC_MILLISECONDS_H
#define CLSYNC_MILLISECONDS_H

#include <time.h>

static inline double milliseconds(const struct timespec *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_nsec / 1e6;
}

#endif
