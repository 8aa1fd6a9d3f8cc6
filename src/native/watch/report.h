/*
 * Findings: facts about the tree. They are collected in the watch until JavaScript takes them;
 * src/watcher decides what they mean.
 */
#ifndef CLSYNC_REPORT_H
#define CLSYNC_REPORT_H

#include "watch/place.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct watch;

/* Kinds of findings. `target` is the directory itself if the object is a directory of the table. */
enum finding_kind {
	FOUND_OBJECT = 1,
	/* As FOUND_OBJECT: a directory that is new or has been moved here, and must be walked. */
	FOUND_DIRECTORY = 2,
	/* A name of a file with several names, found by a walk. */
	FOUND_LINK = 3,
	FOUND_REFUSED = 4,
	FOUND_RELEASED = 5,
	/* `detail`: a problem_kind; `error`: errno. */
	FOUND_PROBLEM = 6,
	FOUND_OVERFLOW = 7,
	FOUND_ROOT_GONE = 8,
	/* `target` is no longer a node. */
	FOUND_FORGOTTEN = 9,
	/* `target` is not at the path the table has: to be revisited. */
	FOUND_DISPLACED = 10,
	/* The walk that began with `target` is over. */
	FOUND_WALKED = 11,
	/* Event sequences were coalesced. */
	FOUND_FELL_BACK = 12,
	/* A directory of the table is no longer at this path; there may be no event for it. */
	FOUND_GONE = 13,
	/* Something was mounted or unmounted, here or elsewhere. */
	FOUND_MOUNTS = 14,
	/*
	 * A file was written to in a directory that has left the tree, and cannot be identified any
	 * longer, or whose directory is displaced; `detail` is DETAIL_UNIDENTIFIED or DETAIL_LEFT.
	 */
	FOUND_UNIDENTIFIED = 15,
	/*
	 * A file that was opened without a name (O_TMPFILE) has been written to. The path ends with
	 * the kernel's name of it: `#` and the inode's number.
	 */
	FOUND_UNNAMED = 16,
	/*
	 * The directory `target` was compared: `signature` is the digest of what is in it, `since`
	 * the latest st_ctim in it (CLOCK_REALTIME milliseconds), `detail` DETAIL_WATCHED if it has
	 * a watch, `error` why it got none. TYPE_ABSENT: it is not at the path the table has.
	 */
	FOUND_POLLED = 17,
	/* What is in a directory: rows in the place of the origin, see listing.h. */
	FOUND_LISTING = 18,
	/* The `signature` of what a listing has at this path. */
	FOUND_SIGNATURE = 19,
	/* Nobody tells any longer where directories are: events cannot be placed. */
	FOUND_NOBODY = 20,
	/*
	 * Of the directory `target`, not all names that events were about are told. `detail`
	 * DETAIL_UNIDENTIFIED: one was that of a file without a name.
	 */
	FOUND_CROWD = 21,
};

/*
 * `detail` of FOUND_OBJECT: the inode that was written to through the name cannot be identified
 * (STORY_LOST), or only by whoever knows what stood there before (STORY_LEFT). `detail` of
 * FOUND_OBJECT and FOUND_REFUSED: what is in the directory is refused, the directory itself is not.
 * `detail` of FOUND_LINK: it was not searched for.
 */
enum {
	DETAIL_UNIDENTIFIED = 1,
	DETAIL_CONTENT = 2,
	DETAIL_LEFT = 4,
	DETAIL_NOTICED = 8,
	DETAIL_WATCHED = 1
};
/*
 * `detail` of FOUND_LISTING: more rows of this directory follow; or it could not be read to its
 * end.
 */
enum { DETAIL_MORE = 1, DETAIL_FAILED = 2 };

enum problem_kind {
	PROBLEM_OPEN = 1,
	/* `target` has no watch. */
	PROBLEM_WATCH = 2,
	PROBLEM_PATH_TOO_LONG = 3,
	/* `target` is in a file system that changes without events. */
	PROBLEM_SILENT = 4,
	/* `target` could not be read to its end. */
	PROBLEM_LIST = 5,
};

enum object_type { TYPE_UNKNOWN = 0, TYPE_ABSENT = 1, TYPE_FILE = 2, TYPE_DIRECTORY = 3 };

/* One finding, followed by its path and its origin; read by src/watcher/monitor/findings.t */
struct finding {
	uint8_t kind, type, detail, actions;
	uint32_t size;
	uint32_t mask, first, last;
	/*
	 * `node`: the directory the object is in. `target`: the object itself if it is a directory
	 * of the table. Else NODE_NONE.
	 */
	uint32_t node, target;
	uint32_t nlink;
	uint32_t error;
	uint32_t path_length;
	double since;
	uint64_t dev, ino, bytes, signature;
	/* 0: no origin follows the path. */
	uint32_t origin_length;
	/* As `struct event` has it. */
	double after;
};

#define FINDING_FIELD(field, offset)                                                               \
	_Static_assert(offsetof(struct finding, field) == (offset), "findings.ts reads it there")
FINDING_FIELD(kind, 0);
FINDING_FIELD(type, 1);
FINDING_FIELD(detail, 2);
FINDING_FIELD(actions, 3);
FINDING_FIELD(size, 4);
FINDING_FIELD(mask, 8);
FINDING_FIELD(first, 12);
FINDING_FIELD(last, 16);
FINDING_FIELD(node, 20);
FINDING_FIELD(target, 24);
FINDING_FIELD(nlink, 28);
FINDING_FIELD(error, 32);
FINDING_FIELD(path_length, 36);
FINDING_FIELD(since, 40);
FINDING_FIELD(dev, 48);
FINDING_FIELD(ino, 56);
FINDING_FIELD(bytes, 64);
FINDING_FIELD(signature, 72);
FINDING_FIELD(origin_length, 80);
FINDING_FIELD(after, 88);
_Static_assert(sizeof(struct finding) == 96, "findings.ts reads the path there");
#undef FINDING_FIELD

/* Appends a finding with the path; returns it until the next is appended. */
struct finding *report(struct watch *watch, enum finding_kind kind, const char *path,
                       size_t length);
/* Adds an origin to the finding reported last, which may move. */
void report_origin(struct watch *watch, const char *path, size_t length);
void report_problem(struct watch *watch, enum problem_kind problem, int error,
                    const struct place *place);
/*
 * Reports that there are no events of a directory of the table, or not all (PROBLEM_SILENT), or
 * that not all that is in it is known (PROBLEM_LIST).
 */
void report_unwatched(struct watch *watch, uint32_t id, enum problem_kind problem, int error,
                      const struct place *place);
/* Reports a directory that is not at the path the table has. */
void report_displaced(struct watch *watch, uint32_t id);
/* Fills in what lstat(2) says. */
void report_object(struct watch *watch, struct finding *finding, const struct stat *status);

#endif
