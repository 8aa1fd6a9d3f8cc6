/*
 * Records for the daemon's log. error() and critical() add the meaning of errno when it is not 0;
 * critical() ends the handler's process.
 */
#ifndef CLSYNC_ERROR_H
#define CLSYNC_ERROR_H

void _critical(const char *const function_name, const char *format, ...);
void _error(const char *const function_name, const char *format, ...);
void _warning(const char *const function_name, const char *format, ...);
void _info(const char *const function_name, const char *format, ...);
/* Level 1 to 5; what is above that of --debug is left out. */
void _debug(int level, const char *const function_name, const char *format, ...);

#define critical(...) _critical(__func__, __VA_ARGS__)
#define error(...) _error(__func__, __VA_ARGS__)
#define warning(...) _warning(__func__, __VA_ARGS__)
#define info(...) _info(__func__, __VA_ARGS__)
#define debug(level, ...) _debug(level, __func__, __VA_ARGS__)

#endif
