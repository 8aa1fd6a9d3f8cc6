/*
 * One row of the view: a bind mount, a file system, a symbolic link, a directory, a file, new
 * attributes of a mount, or an unmount.
 */
#ifndef CLSYNC_LAUNCH_MOUNT_ROWS_H
#define CLSYNC_LAUNCH_MOUNT_ROWS_H

#include "launch/payload.h"
#include "launch/place.h"

#include <sys/mount.h>

/* The fewest bytes of a row in the payload. */
#define MOUNT_ROW_SIZE 40

/* Numbers of MOUNT_KIND in src/shared/specification-wire.ts. */
enum mount_kind {
	MOUNT_BIND = 1,
	MOUNT_SYMLINK,
	MOUNT_DIRECTORY,
	MOUNT_FILE,
	MOUNT_PROC,
	MOUNT_TMPFS,
	MOUNT_ATTRIBUTES,
	MOUNT_DETACH
};

/* Which fields are used depends on the kind. The pointers point into the specification. */
struct mount_row {
	uint32_t kind;
	const char *target;
	/* Source of a bind mount. */
	struct place source;
	/* Its path, value of a symbolic link, options of proc and tmpfs. */
	const char *text;
	const uint8_t *content;
	size_t length;
	uint32_t mode;
	struct mount_attr attributes;
	/*
	 * The source of a bind mount, opened before anything is mounted over it. The row owns the
	 * descriptor until it is applied. -1: none.
	 */
	int tree;
};

void mount_row_read(struct payload *payload, struct mount_row *row);
/* Opens the source of a bind mount. */
void mount_row_open(struct mount_row *row);
/* Creates or changes what the row describes in the new root; closes its source. */
void mount_row_apply(struct mount_row *row);

#endif
