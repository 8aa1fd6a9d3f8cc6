/*
 * One watched tree: the directory table, the event source, the rules and the findings.
 *
 * The principle: an event says only where to look. What stands there is opened by descriptor, never
 * through a symbolic link, and watched before it is listed. A directory that has been moved is
 * recognised by its key.
 *
 * Each of these files uses only those before it: node (a directory in the table and in the file
 * system), limbo (directories that have left their place), unused (those in which nothing happens),
 * directory (finds and recognises), then visit and walk, look-place and look, search.
 */
#ifndef CLSYNC_WATCH_H
#define CLSYNC_WATCH_H

#include "common/bytes.h"
#include "watch/action.h"
#include "watch/reach.h"
#include "watch/rules.h"
#include "watch/source.h"
#include "watch/tree.h"
#include "watch/walk-stack.h"

#include <limits.h>

enum watch_option {
	WATCH_ONE_FILE_SYSTEM = 1,
	WATCH_EXCLUDE_MOUNT_POINTS = 2,
	/* lstat(2) the object of every event, directory or not. */
	WATCH_STAT = 4,
	/* Names of files with several names are of interest. */
	WATCH_LINKS = 8,
	/* Report what the rules refuse. */
	WATCH_REFUSED = 16,
	/* Report the directories beneath one that is replaced, moved or gone. */
	WATCH_GONE = 32,
	/* A directory may stand for very many names in it. */
	WATCH_DIRECTORIES = 64,
};

enum walk_option {
	/* Report every object, not only the directory the walk began with. */
	WALK_OBJECTS = 1,
	/* Report objects even if the rules refuse them. */
	WALK_IGNORE_RULES = 2,
	/* Report only what the last change of the rules has allowed or refused. */
	WALK_CHANGED_RULES = 4,
	/*
	 * Only the directory itself: those in it that are new are reported as FOUND_DIRECTORY, and
	 * not entered.
	 */
	WALK_FLAT = 8,
	/* Report regular files that were modified since `walk.since`, too. */
	WALK_RECENT = 16,
	/* Report what is in each directory, as FOUND_LISTING. */
	WALK_LISTING = 32,
	/*
	 * Look at every file for the sake of those with several names. Without this and with none
	 * of the options that need it, only directories are looked at.
	 */
	WALK_LINKS = 64,
};

struct walk {
	bool active;
	/* The node it began with, and bits of walk_option. */
	uint32_t top, options;
	/*
	 * CLOCK_REALTIME milliseconds. Of a flat walk: files changed (st_ctim) before are not
	 * reported; 0: all are. With WALK_RECENT: those modified (st_mtim) later are.
	 */
	double since;
	struct walk_stack waiting;
	/* The directory being listed: its own descriptor (or -1) and what getdents64(2) gave. */
	int fd;
	bool closed;
	uint32_t node;
	size_t at, length;
	char entries[64 << 10];
	/* Of the directory being listed, see listing.h. */
	struct bytes rows;
};

/* The directory that is compared (see poll.h): its own descriptor, or -1. */
struct poll {
	int fd;
	uint32_t node;
	/* Of all entries so far, and the latest st_ctim among them: CLOCK_REALTIME milliseconds. */
	uint64_t digest;
	double latest;
	/* Why it could not be watched: errno; else 0. */
	int error;
};

/* A search for names of inodes: their numbers, sorted, and what is still to be listed. */
struct search {
	uint64_t *inodes;
	size_t count;
	/*
	 * Paths of directories in the file system of the watch directory, each with its length
	 * behind it: where the source is lazy, so that a search enters none in the table for its
	 * own sake. And the next node to list: of all others.
	 */
	struct bytes paths;
	bool by_path;
	uint32_t next;
	/*
	 * CLOCK_REALTIME seconds; files changed (st_ctim) since then are found, too, and, as this
	 * looks at all files, those with several names (DETAIL_NOTICED). 0: they are not.
	 */
	double since;
};

/* See unused.h. */
struct unused {
	/* The node looked at next, and how many in a row gave nothing to do. */
	uint32_t hand, passed;
	/* Numbers of nodes, and `takes` of the watch when they were retired. */
	struct bytes retired;
	uint32_t since;
};

/* When a file was written to, the first time. */
struct written {
	bool is_so, is_known;
	double since, after;
};

enum { REMOVED_MOST = 512 };

/* See doubt.h. Until all events have been looked at. */
struct doubt {
	/* A directory has left the tree. */
	bool has_left;
	/* In a directory that is elsewhere, as far as is known. */
	struct written elsewhere;
	/*
	 * Directories that were removed before anybody could ask where they are, and from where, as
	 * far as records have come: the kernel merges events, so that their order says nothing.
	 */
	struct removed {
		directory_key key, above;
		struct written written;
	} removed[REMOVED_MOST];
	size_t count;
};

struct watch {
	struct tree tree;
	struct rules rules, previous_rules;
	struct mounts mounts;
	/* Owned, as is the root's descriptor. */
	struct source source;
	int root;
	uint64_t root_dev;
	uint32_t options;
	/* Bits of the fields that make a signature, in the order of signature.c. */
	uint32_t signature_fields;
	struct walk walk;
	struct search search;
	struct poll poll;
	/* The events that are looked at, and how often such were taken. */
	struct bytes events;
	size_t events_at;
	uint32_t takes;
	struct doubt doubt;
	struct unused unused;
	/* Numbers of the nodes that an event is about. */
	struct bytes concerned;
	struct bytes findings;
	/* Offset of the finding reported last. */
	size_t last_finding;
	/*
	 * The directory opened last while looking at events, kept open because events of one
	 * directory often follow each other. Owned.
	 */
	uint32_t cached_node;
	int cached_fd;
};

/*
 * Takes over the root's descriptor and the source. False with errno; then only watch_free may be
 * called.
 */
bool watch_init(struct watch *watch, int root, const struct source *source, uint32_t options,
                uint32_t signature_fields);
/* Closes the directory that is compared. */
void poll_end(struct watch *watch);
/* Closes what it owns. */
void watch_free(struct watch *watch);

#endif
