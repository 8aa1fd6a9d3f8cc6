/*
 * What the monitor was told to do, read once and read-only from then on: see
 * src/master/monitor/frozen-wire.ts.
 */
#ifndef CLSYNC_MONITOR_FROZEN_H
#define CLSYNC_MONITOR_FROZEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_MAX 256
#define OWNERS_MAX 8
#define GROUP_ROWS_MAX 128
#define GROUPS_MAX 32
#define FILES_MAX 192
/* Of a dump with as many destinations as there may be. */
#define TEXTS_MAX 64
#define LOOKS_MAX 256
/* A watcher, and an executor for each of eight destinations. */
#define MEMBERS_MAX 9
#define PAIRS_MAX 8
#define GRANTED_MAX 4

enum place_flag { PLACE_DIRECTORY = 1, PLACE_OF_ANYONE = 2, PLACE_ON_DISK = 4 };

/* An object that launchers inherit, open (O_PATH). */
struct frozen_place {
	const char *path; /* absolute, without symbolic links */
	uint32_t flags, owner;
};

enum group_row_kind { GROUP_MAKE = 1, GROUP_SET = 2, GROUP_SET_DISKS = 3, GROUP_FILTER = 4 };

/* What makes the control group again, in order. */
struct group_row {
	enum group_row_kind kind;
	const char *path;
	const uint8_t *content;
	size_t length;
};

enum file_kind {
	FILE_TEXT = 1,      /* replaced by one of its texts, and removed at the end */
	FILE_SOCKET = 2,    /* made anew where it is gone, and removed at the end */
	FILE_READ = 3,      /* opened to be read */
	FILE_DIRECTORY = 4, /* made for the executor, and removed at the end */
	FILE_DUMP = 5,      /* a directory that is made, with the files that its texts name */
	FILE_LEFT = 6,      /* only removed at the end */
	FILE_LEFT_DIRECTORY = 7,
	FILE_APPEND = 8, /* opened to be continued, and made where it is gone */
	FILE_WRITTEN = 9 /* replaced by what the master says, and removed at the end */
};

/* A name in a directory. */
struct frozen_file {
	enum file_kind kind;
	const char *directory, *name;
	uint32_t owner; /* of the directory */
	uint32_t uid, gid, mode;
	uint64_t device, inode; /* of what is there and is ours; 0: nothing */
	uint32_t text_count;
	const char *texts[TEXTS_MAX];
};

struct frozen_member {
	const uint8_t *specification;
	size_t length;
	int outputs[2]; /* its descriptors 1 and 2 */
	uint32_t granted_count;
	int granted[GRANTED_MAX]; /* those after the launcher's own */
	uint32_t place_count;
	uint32_t places[PLACES_MAX]; /* by number; it inherits them after what is granted */
};

struct frozen {
	const char *launcher; /* path of the program */
	uint32_t place_count, owner_count, row_count, group_count, member_count, pair_count,
	        file_count, look_count;
	struct frozen_place places[PLACES_MAX];
	uint32_t owners[OWNERS_MAX]; /* who may own a place besides its first owner */
	struct group_row rows[GROUP_ROWS_MAX];
	const char *ended;              /* directory of the group that is killed; empty: none */
	uint32_t freezer;               /* version of its hierarchy */
	const char *groups[GROUPS_MAX]; /* removed at the end, in order */
	struct frozen_file files[FILES_MAX];
	const char *looks[LOOKS_MAX]; /* paths that the master may look at */
	struct frozen_member members[MEMBERS_MAX];
	uint32_t pairs[PAIRS_MAX][2]; /* members that share a socketpair, lower number first */
	uint64_t clerk_capabilities;
	const uint8_t *clerk_filter;
	size_t clerk_filter_length; /* 0: none */
};

extern const struct frozen *const frozen;

/* Reads it from a socket, and makes it read-only. Ends the process if it is malformed. */
void frozen_read(int fd);

#endif
