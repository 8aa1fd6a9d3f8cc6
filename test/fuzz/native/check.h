/* Reports that a condition of a libFuzzer target does not hold. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			__builtin_trap();                                                          \
		}                                                                                  \
	} while (0)

#endif
