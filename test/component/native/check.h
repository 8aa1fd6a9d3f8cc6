/* What a C test takes for granted: where that is not so, it ends with 1, or as CHECK_FAILS says. */
#ifndef CLSYNC_TEST_CHECK_H
#define CLSYNC_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#ifndef CHECK_FAILS
#define CHECK_FAILS exit(1)
#endif

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			CHECK_FAILS;                                                               \
		}                                                                                  \
	} while (0)

#endif
