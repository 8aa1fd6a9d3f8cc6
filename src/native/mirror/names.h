/* Lists of names that wait for a phase. */
#ifndef CLSYNC_MIRROR_NAMES_H
#define CLSYNC_MIRROR_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* A name for a later phase. */
struct named {
	/* Owned by the list, unless it is of a row. */
	char *path;
	size_t length;
	uint32_t row;
	/* Bits of enum mirror_row_flag. */
	uint8_t flags;
	/* Of its inode in the source, where the names of one inode stay together; else 0. */
	uint64_t device, inode;
};

struct names {
	struct named *list;
	size_t count, capacity;
};

/* Appends a name; the list gets a copy of the path. */
void names_add(struct names *names, struct named named, const char *path);
/* Sorts names of one inode together. */
void names_sort(struct names *names);
void names_free(struct names *names);

#endif
