/*
 * One watched tree: the directory table, the inotify descriptor and the rules, and what is found
 * out about the tree. Nothing here decides what a finding means; see src/watcher.
 *
 * The principle: an event says only where to look. What stands there is opened by descriptor, never
 * through a symbolic link, and watched before it is listed. A directory is known again by its
 * watch: the kernel gives the same descriptor for the same inode, wherever it has been moved to.
 */
#ifndef CLSYNC_WATCH_H
#define CLSYNC_WATCH_H

#include "common/bytes.h"
#include "watch/queue.h"
#include "watch/rules.h"
#include "watch/tree.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

/* What a rule may decide about; given by the caller with each rule. */
enum action { ACTION_FILE = 1, ACTION_SYNC = 2, ACTION_WALK = 4, ACTION_MONITOR = 8 };
#define ACTIONS_OF_DIRECTORY (ACTION_SYNC | ACTION_WALK | ACTION_MONITOR)

enum watch_option {
	WATCH_ONE_FILE_SYSTEM = 1,
	WATCH_EXCLUDE_MOUNT_POINTS = 2,
	/* lstat(2) the object of every event, directory or not. */
	WATCH_STAT = 4,
	/* Report files with several names. */
	WATCH_LINKS = 8,
	/* Report what the rules refuse. */
	WATCH_REFUSED = 16,
	/* Report the directories that go with one that is replaced, moved or gone. */
	WATCH_GONE = 32,
};

enum walk_option {
	/* Report every object, not only the directory the walk began with. */
	WALK_OBJECTS = 1,
	/* Objects are reported whether or not the rules refuse them. */
	WALK_IGNORE_RULES = 2,
	/*
	 * Compare with the rules before the last change: report what became allowed or refused, and
	 * nothing else.
	 */
	WALK_CHANGED_RULES = 4,
};

/*
 * Kinds of findings. `target` is the directory itself where the object is one that is in the table.
 */
enum finding_kind {
	FOUND_OBJECT = 1,
	/* As FOUND_OBJECT, a directory that is new or has been moved here: to be walked. */
	FOUND_DIRECTORY = 2,
	/* A name of a file with several names, found by a walk. */
	FOUND_LINK = 3,
	FOUND_REFUSED = 4,
	FOUND_ADMITTED = 5,
	/* `detail`: a problem_kind; `error`: errno. */
	FOUND_PROBLEM = 6,
	FOUND_OVERFLOW = 7,
	FOUND_ROOT_GONE = 8,
	/* `target` is no longer a node. */
	FOUND_FORGOTTEN = 9,
	/* `target` is not where the table says: to be revisited. */
	FOUND_DISPLACED = 10,
	/* The walk that began with `target` is over. */
	FOUND_WALKED = 11,
	/* Event sequences were coalesced. */
	FOUND_FELL_BACK = 12,
	/* A directory of the table is no longer at this path; no event need say so. */
	FOUND_GONE = 13,
	/* Something was mounted or unmounted, here or elsewhere. */
	FOUND_MOUNTS = 14,
	/*
	 * A file that nobody knows was written to in a directory that has left; `detail` says so.
	 */
	FOUND_LOST = 15,
	/*
	 * The kernel's name of a file that was opened without one (O_TMPFILE) and has been written
	 * to since: `#` and its number.
	 */
	FOUND_UNNAMED = 16,
};

/*
 * `detail` of FOUND_OBJECT: an inode unknown to anyone was written through the name (STORY_LOST);
 * or, and of FOUND_REFUSED: what is in the directory is refused, not the directory itself.
 */
enum { DETAIL_LOST = 1, DETAIL_CONTENT = 2 };

enum problem_kind { PROBLEM_OPEN = 1, PROBLEM_WATCH = 2, PROBLEM_PATH_TOO_LONG = 3 };

enum object_type { TYPE_UNKNOWN = 0, TYPE_ABSENT = 1, TYPE_FILE = 2, TYPE_DIRECTORY = 3 };

/* One finding, followed by its path; read by src/watcher/monitor/findings.ts. */
struct finding {
	uint8_t kind, type, detail, actions;
	uint32_t size;
	uint32_t mask, first, last;
	/*
	 * The directory the object is in, and the object itself if it is a directory in the table;
	 * else NODE_NONE.
	 */
	uint32_t node, target;
	uint32_t nlink;
	uint32_t error;
	uint32_t path_length;
	double since;
	uint64_t dev, ino, bytes, signature;
};

/* A directory waiting to be listed. */
struct step {
	uint32_t node;
	/* Its descriptor if it is still open from when it was found, else -1. */
	int fd;
	/* It is synced but not entered: all that is in it counts as refused. */
	bool closed;
};

struct walk {
	bool active;
	uint32_t top, options;
	struct step *steps;
	size_t count, capacity;
	unsigned open;
	/* The directory being listed: its descriptor (or -1) and what getdents64(2) gave. */
	int fd;
	bool closed;
	uint32_t node, stamp;
	size_t at, length;
	char entries[64 << 10];
};

/* A search for names of inodes: their numbers, sorted, and the next node to list. */
struct search {
	uint64_t *inodes;
	size_t count;
	/*
	 * CLOCK_REALTIME seconds; what was changed (st_ctim) since is found too. 0: not asked for.
	 */
	double since;
	uint32_t next;
};

struct watch {
	struct tree tree;
	struct rules rules, previous_rules;
	struct queue *queue;
	int inotify, root;
	uint64_t root_dev;
	uint32_t options;
	/* Bits of the fields that make a signature, in the order of signature.c. */
	uint32_t signature_fields;
	uint32_t stamps;
	struct walk walk;
	struct search search;
	struct bytes events;
	size_t events_at;
	/* The nodes that an event is about: their numbers. */
	struct bytes concerned;
	struct bytes findings;
	/* The directory opened last while looking at events, as most events come in runs. */
	uint32_t cached_node;
	int cached_fd;
};

/*
 * Takes the root's descriptor. Adds the root's watch if the rules want it; false with errno when
 * that fails.
 */
bool watch_init(struct watch *watch, int root, int inotify, uint32_t options,
                uint32_t signature_fields);
void watch_free(struct watch *watch);
/* Watches the root according to the rules now set. */
bool watch_root(struct watch *watch);

/* Looks at up to `budget` events; false when there are no more. */
bool watch_events(struct watch *watch, uint32_t budget);

/*
 * Looks at a name as if a directory had been made there at `since` (CLOCK_MONOTONIC milliseconds).
 */
void watch_look(struct watch *watch, uint32_t parent, const char *name, double since);

void walk_begin(struct watch *watch, uint32_t node, uint32_t options);
/* Goes on for about `budget` directory entries; false when no walk is going on. */
bool walk_step(struct watch *watch, uint32_t budget);

/* Whether the table is right about where a node is now. */
enum revisit { REVISIT_AWAY = 0, REVISIT_THERE = 1, REVISIT_FORGET = 2 };
enum revisit watch_revisit(struct watch *watch, uint32_t id);
/*
 * Reports as gone, from their paths of now, the directories beneath a node that is about to leave
 * its place, then itself if asked for.
 */
void report_gone(struct watch *watch, uint32_t id, bool itself);
/* Takes a node out of the tree; with WATCH_GONE what is beneath it is reported. */
void watch_detach(struct watch *watch, uint32_t id);
/* Forgets all that is in limbo, with its watches. */
void watch_sweep(struct watch *watch);

/* Begins a search; what it finds are findings of kind FOUND_LINK. */
void search_begin(struct watch *watch, const uint64_t *inodes, size_t count, double since);
/* Looks at one name: a finding if it stands for something that is no directory. */
void search_name(struct watch *watch, uint32_t id, const char *name);
/* Lists one directory; returns how many entries it has. */
uint32_t search_in(struct watch *watch, uint32_t id);
/* Goes on for about `budget` entries; false when all directories have been listed. */
bool search_step(struct watch *watch, uint32_t budget);

/* --- between the files that make up the watch --- */

/* Adds a directory to those a walk is going to list; takes the descriptor (or -1) over. */
void walk_push(struct walk *walk, uint32_t node, int fd, bool closed);
void walk_free(struct walk *walk);
/*
 * Visits what an entry of the directory being listed names; `path` (PATH_MAX bytes) begins with
 * that directory's `length` bytes.
 */
void visit(struct watch *watch, const struct dirent64 *entry, char *path, size_t length);
/* Reports the root, which no listing holds: it comes first of all objects. */
void visit_root(struct watch *watch);

/* Takes a node's watch away; from the kernel, too, unless another node has it. */
void release_watch(struct watch *watch, uint32_t id);

/*
 * Opens the directory of a node at the place the table says, checking that it is the same one; -1
 * when it is not.
 */
int open_node(struct watch *watch, uint32_t id, int flags);

struct place {
	uint32_t parent;
	int fd;
	const char *name;
	size_t name_length;
	/* The whole path. */
	const char *path;
	size_t path_length;
};

enum found {
	/* Not a directory that can be entered. */
	FOUND_NOTHING_TO_ENTER,
	FOUND_KNOWN,
	FOUND_NEW,
	FOUND_MOVED,
	/* Cannot be decided before the table has caught up with the kernel. */
	FOUND_LATER,
};

struct directory {
	uint32_t node;
	uint8_t actions;
	bool mount_point;
	struct stat status;
	/* Open for listing, or -1. */
	int fd;
};

/* Looks at the directory at a place: opens, watches and enters it in the table as the rules say. */
enum found find_directory(struct watch *watch, const struct place *place, bool ignore_rules,
                          struct directory *directory);

/* Appends a finding with the path; returns it until the next is appended. */
struct finding *report(struct watch *watch, enum finding_kind kind, const char *path,
                       size_t length);
void report_problem(struct watch *watch, enum problem_kind problem, int error,
                    const struct place *place);
void report_object(struct watch *watch, struct finding *finding, const struct stat *status);
enum object_type type_of(const struct stat *status);
/*
 * Whether the path with `name` appended is one; writes it to `path` (PATH_MAX bytes) whose first
 * `length` are the directory's.
 */
bool append_name(char *path, size_t length, const char *name, size_t name_length, size_t *whole);

uint64_t signature_of(const struct stat *status, uint32_t fields);

#endif
