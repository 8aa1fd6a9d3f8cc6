/* Hints to the compiler. */
#ifndef CLSYNC_COMPILERFLAGS_H
#define CLSYNC_COMPILERFLAGS_H

#ifndef likely
#define likely(condition) __builtin_expect(!!(condition), 1)
#endif
#ifndef unlikely
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#endif

#endif
