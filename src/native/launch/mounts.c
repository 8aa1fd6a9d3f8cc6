#include "launch/mounts.h"

#include "launch/failure.h"
#include "launch/mount-rows.h"
#include "launch/namespaces.h"
#include "launch/new-root.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The new root is mounted here while it is filled. The directory exists on every system. */
#define STAGING "/tmp"

/*
 * Mounts the new root at STAGING: an empty file system, or a directory of the host with all mounts
 * beneath it.
 */
static void stage_root(const struct place *directory)
{
	int found, tree;

	if (directory->path[0] == '\0') {
		if (mount("clsync", STAGING, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") !=
		    0)
			fail(errno, "tmpfs on %s", STAGING);
		return;
	}
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
	if (place_is_open(directory)) {
		found = place_find(directory);
		tree = open_tree(found, "", flags | AT_EMPTY_PATH);
		close(found);
	} else {
		tree = open_tree(AT_FDCWD, directory->path, flags);
	}
	if (tree < 0 || move_mount(tree, "", AT_FDCWD, STAGING, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(errno, "%s", directory->path);
	close(tree);
}

static void pivot(void)
{
	if (chdir(STAGING) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		fail(errno, "pivot_root %s", STAGING);
	/* The old root is now mounted over the new one, so "." is the old root. */
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		fail(errno, "leaving the old root");
}

void step_mounts(struct payload *payload)
{
	bool leaves = read_u32(payload) != 0;
	struct place directory = read_place(payload);
	bool staged = leaves || directory.path[0] != '\0';
	uint32_t count = read_count(payload, MOUNT_ROW_SIZE, NEW_ROOT_ROWS_MAX);
	struct mount_row *rows = calloc(count ? count : 1, sizeof(*rows));
	mode_t mask = umask(0);

	if (rows == NULL)
		fail(ENOMEM, "%u mounts", count);
	if ((launch_namespaces & CLONE_NEWNS) == 0)
		fail(EINVAL, "no mount namespace was asked for");
	for (uint32_t i = 0; i < count; i++)
		mount_row_read(payload, &rows[i]);
	read_end(payload);
	/* Later mounts of the host are propagated here; ours are not propagated to the host. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
		fail(errno, "propagation of /");
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].kind == MOUNT_BIND)
			mount_row_open(&rows[i]);
	if (staged)
		stage_root(&directory);
	new_root_open(staged ? STAGING : "/", staged);
	for (uint32_t i = 0; i < count; i++)
		mount_row_apply(&rows[i]);
	new_root_close();
	if (leaves)
		pivot();
	else if (staged && (chroot(STAGING) != 0 || chdir("/") != 0))
		fail(errno, "chroot %s", directory.path);
	free(rows);
	umask(mask);
}
