/* One name that is to be made equal. */
#ifndef CLSYNC_MIRROR_JOB_H
#define CLSYNC_MIRROR_JOB_H

#include "mirror/pair.h"

#include <sys/stat.h>

enum job_option {
	/* The copy's directory was listed, and has no such name. */
	JOB_NEW = 1,
	/* It was in the source's listing as a regular file. */
	JOB_FILE = 2,
	/* Names of one inode are looked after by the caller. */
	JOB_TIES_KNOWN = 4,
	/* All that is to be deleted has been. */
	JOB_LAST = 8,
};

struct job {
	struct mirror_run *run;
	struct pair *pair;
	/* The last part of `path`. */
	const char *name, *path;
	uint32_t row;
	/* Bits of enum mirror_row_flag, and of enum job_option. */
	uint8_t flags, options;
	/* How often it began anew because the object was another one in the end. */
	uint8_t restarts;
	/* What had the name has the temporary one now. */
	bool is_displaced;
};

enum looked { LOOKED_FAILED, LOOKED_ABSENT, LOOKED_PRESENT };

/* What stands at the name; a failure was reported. */
enum looked job_source(const struct job *job, struct stat *status);
enum looked job_copy(const struct job *job, struct stat *status);

/* Reports that a call at the destination (or the source) failed, with errno. */
void job_fail(const struct job *job, enum mirror_call call, enum mirror_where where);
/* Whether a file could not be opened because it is a link or a socket by now, or gone: errno. */
bool means_another(int error);
/* Whether the run may change nothing. */
bool only_compares(const struct job *job);
bool has_option(const struct job *job, enum mirror_option option);

/* The lock of a name at the destination. */
pthread_mutex_t *name_lock(const struct job *job);

/* The job is done in a later phase, and the directory's times after it. */
void job_defer(struct job *job, struct names *names, const struct stat *source);

#endif
