/*
 * The interface between clsync and a sync handler that is a shared object (modes so and rsyncso),
 * see clsync(1).
 *
 * A handler defines clsyncapi_sync() (mode so) or clsyncapi_rsync() (mode rsyncso), and may define
 * clsyncapi_init() and clsyncapi_deinit(). Each returns 0, or the exit code of the failed sync. All
 * calls come from one thread of a process of their own.
 */
#ifndef CLSYNC_H
#define CLSYNC_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* To be compared with clsyncapi_getapiversion(). */
#define CLSYNC_API_VERSION 2

struct ctx;
struct indexes;

typedef struct ctx ctx_t;
typedef struct ctx options_t;
typedef struct indexes indexes_t;

/* What stands, or stood, at a path. */
enum eventobjtype {
	EOT_UNKNOWN = 0,
	EOT_DOESNTEXIST = 1,
	EOT_FILE = 2,
	EOT_DIR = 3,
};
typedef enum eventobjtype eventobjtype_t;

enum eventinfo_flags {
	EVIF_NONE = 0x0,
	/* With everything beneath it; only with --have-recursive-sync. */
	EVIF_RECURSIVELY = 0x1,
};
typedef enum eventinfo_flags eventinfo_flags_t;

struct api_eventinfo {
	/* Event bits of <linux/inotify.h>. */
	uint32_t evmask;
	/* Bits of enum eventinfo_flags. */
	uint32_t flags;
	size_t path_len;
	/*
	 * Relative to the watch directory, which is the empty path. Bytes, ended by NUL; valid
	 * during the call.
	 */
	const char *path;
	eventobjtype_t objtype_old;
	eventobjtype_t objtype_new;
};
typedef struct api_eventinfo api_eventinfo_t;

/* Defined by the handler. */
int clsyncapi_init(struct ctx *ctx_p, struct indexes *indexes_p);
int clsyncapi_sync(int n, api_eventinfo_t *ei);
/* exclist is NULL with --rsync-prefer-include. */
int clsyncapi_rsync(const char *inclist, const char *exclist);
/* At the end of the daemon. When that is to end at once, the handler has a third of a second. */
int clsyncapi_deinit();

/* Offered to the handler. */

int clsyncapi_getapiversion(void);

/* fork(2); the child can be ended together with the handler. */
pid_t clsyncapi_fork(struct ctx *ctx_p);

/*
 * Writes the lines for rsync's --include-from (each path and the directories above it). Returns 0,
 * or an errno value.
 */
int apievinfo2rsynclist(struct indexes *indexes_p, FILE *listfile, int n, api_eventinfo_t *apievinfo);

#endif
