/* What a handler may know of the daemon that calls it. */
#ifndef CLSYNC_CTX_H
#define CLSYNC_CTX_H

#include <stddef.h>

/* Indexes of ctx.flags. */
enum flags {
	/* How often --debug was given, 0 to 5. */
	DEBUG,
	/* Not 0 when syncs may run at the same time; a handler's calls never do. */
	THREADING,
	RSYNCPREFERINCLUDE,
	HAVERECURSIVESYNC,
	FLAGS_COUNT,
};

struct ctx {
	int flags[FLAGS_COUNT];
	char *label;
	/* Absolute. */
	char *watchdir;
	/* With a slash at the end. */
	char *watchdirwslash;
	/* As --destination-dir, made absolute when local; NULL when it is not set. */
	char *destdir;
	char *destdirwslash;
	size_t watchdirlen;
	size_t destdirlen;
};

#endif
