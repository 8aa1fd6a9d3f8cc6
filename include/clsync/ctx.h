/*
 * What a handler may know of the daemon that calls it.
 *
 * What has a name here lies where the headers of Debian's libclsync-dev 0.4.5 have it (compiled as
 * they are, on a 64-bit machine), so that handlers made with either run. What has none is kept free
 * for that, and is zero.
 */
#ifndef CLSYNC_CTX_H
#define CLSYNC_CTX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Indexes of ctx.flags; the other options that are switches have theirs at their letter. */
enum flags {
	/* How often --debug was given, 0 to 5. */
	DEBUG = 'd',
	/* Not 0 when syncs may run at the same time; a handler's calls never do. */
	THREADING = 'p',
	HAVERECURSIVESYNC = 512,
	RSYNCPREFERINCLUDE = 514,
	FLAGS_COUNT = 1024,
};

struct ctx {
	/* 1 in clsyncapi_init(), 0 in clsyncapi_deinit(), 2 between. */
	int state;
	/* Of the process the handler is in. */
	pid_t pid;
	char kept_a[1132];
	/* As CLSYNC_ITERATION. */
	uint32_t iteration_num;
	char kept_b[30736];
	int flags[FLAGS_COUNT];
	char kept_c[8216];
	char *label;
	/* Absolute. */
	char *watchdir;
	char kept_d[32];
	/* As --destination-dir, made absolute when local; NULL when it is not set. */
	char *destdir;
	char kept_e[8];
	/* With a slash at the end. */
	char *watchdirwslash;
	char *destdirwslash;
	char kept_f[40];
	size_t watchdirlen;
	size_t destdirlen;
	size_t watchdirsize;
	size_t destdirsize;
	size_t watchdirwslashsize;
	size_t destdirwslashsize;
	char kept_g[8];
	/* The handler itself. */
	char *handlerfpath;
	char kept_h[5256];
};

#endif
