/* Records for the daemon's log. error() and critical() add the meaning of errno when it is not 0. */
#ifndef CLSYNC_ERROR_H
#define CLSYNC_ERROR_H

enum clsync_log_level {
	CLSYNC_LOG_ERROR = 0,
	CLSYNC_LOG_WARNING = 1,
	CLSYNC_LOG_INFO = 2,
	/* Debug level n is CLSYNC_LOG_INFO + n, n from 1 to 5. */
};

void clsync_log(int level, const char *format, ...);

#define error(...) clsync_log(CLSYNC_LOG_ERROR, __VA_ARGS__)
#define critical(...) clsync_log(CLSYNC_LOG_ERROR, __VA_ARGS__)
#define warning(...) clsync_log(CLSYNC_LOG_WARNING, __VA_ARGS__)
#define info(...) clsync_log(CLSYNC_LOG_INFO, __VA_ARGS__)
#define debug(n, ...) clsync_log(CLSYNC_LOG_INFO + (n), __VA_ARGS__)

#endif
