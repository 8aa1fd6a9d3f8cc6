/* The program's view of the file system: a root of its own made of bind mounts, or the host's with some of it mounted over. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOUNTS_MAX 4096
/* Covered by the new root while that is filled; present on every system, and uncovered again by pivot_root. */
#define STAGING "/tmp"

enum kind { BIND = 1, SYMLINK, DIRECTORY, REGULAR, PROC, TMPFS, ATTRIBUTES, DETACH };

/* One row of the specification; which fields are used depends on the kind. */
struct row {
	uint32_t kind;
	const char *target;
	const char *text; /* source of a bind mount, value of a symbolic link, options of proc and tmpfs */
	const uint8_t *content;
	size_t length;
	uint32_t mode;
	struct mount_attr attributes;
	int tree; /* the source, taken before anything is mounted over it */
};

static void read_row(struct reader *reader, struct row *row)
{
	*row = (struct row){ .kind = read_u32(reader), .tree = -1 };
	row->target = read_string(reader);
	row->text = read_string(reader);
	row->mode = read_u32(reader);
	row->attributes.attr_set = read_u64(reader);
	row->attributes.attr_clr = read_u64(reader);
	row->content = read_bytes(reader, &row->length);
	if (row->target[0] != '/')
		fail(EINVAL, "%s is not absolute", row->target);
}

static void open_source(struct row *row)
{
	struct mount_attr attributes = row->attributes;

	row->tree = open_tree(AT_FDCWD, row->text, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
	if (row->tree < 0)
		fail(errno, "%s", row->text);
	if (mount_setattr(row->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->text);
}

/* `path` below the root that is being made, or as it is. */
static const char *place(const char *root, const char *path)
{
	static char full[PATH_MAX];

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		fail(ENAMETOOLONG, "%s", path);
	return full;
}

static void make_directories(const char *root, const char *path, bool itself, mode_t mode)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s", place(root, path));
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (mkdir(full, 0755) != 0 && errno != EEXIST)
			fail(errno, "%s", full);
		*slash = '/';
	}
	if (itself && mkdir(full, mode) != 0 && errno != EEXIST)
		fail(errno, "%s", full);
}

static void make_file(const char *root, const struct row *row)
{
	make_directories(root, row->target, false, 0);
	int fd = open(place(root, row->target), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, row->mode);

	if (fd < 0 || write(fd, row->content, row->length) != (ssize_t)row->length)
		fail(errno, "%s", row->target);
	close(fd);
}

/* One that is there already, in a directory that was mounted, must be the same. */
static void make_link(const char *root, const struct row *row)
{
	char value[PATH_MAX];

	make_directories(root, row->target, false, 0);
	if (symlink(row->text, place(root, row->target)) == 0)
		return;
	if (errno != EEXIST)
		fail(errno, "%s", row->target);
	ssize_t length = readlink(place(root, row->target), value, sizeof(value));
	if (length < 0 || (size_t)length != strlen(row->text) || memcmp(value, row->text, (size_t)length) != 0)
		fail(EEXIST, "%s", row->target);
}

static void attach(const char *root, struct row *row)
{
	struct stat stat;

	if (fstatat(row->tree, "", &stat, AT_EMPTY_PATH) != 0)
		fail(errno, "%s", row->text);
	if (faccessat(AT_FDCWD, place(root, row->target), F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		if (S_ISDIR(stat.st_mode))
			make_directories(root, row->target, true, 0755);
		else
			make_file(root, &(struct row){ .target = row->target, .mode = 0644 });
	}
	if (move_mount(row->tree, "", AT_FDCWD, place(root, row->target), MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(errno, "mounting %s", row->target);
	close(row->tree);
}

static void mount_filesystem(const char *root, const struct row *row, const char *type)
{
	make_directories(root, row->target, true, 0755);
	unsigned long flags = MS_NOSUID | MS_NODEV | (strcmp(type, "proc") == 0 ? MS_NOEXEC : 0);
	if (mount(type, place(root, row->target), type, flags, row->text) != 0)
		fail(errno, "mounting %s on %s", type, row->target);
}

static void set_attributes(const char *root, const struct row *row)
{
	struct mount_attr attributes = row->attributes;

	if (mount_setattr(AT_FDCWD, place(root, row->target), row->mode != 0 ? AT_RECURSIVE : 0, &attributes, sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->target);
}

static void apply(const char *root, struct row *row)
{
	switch ((enum kind)row->kind) {
	case BIND:
		attach(root, row);
		return;
	case SYMLINK:
		make_link(root, row);
		return;
	case DIRECTORY:
		make_directories(root, row->target, true, row->mode);
		if (chmod(place(root, row->target), row->mode) != 0)
			fail(errno, "%s", row->target);
		return;
	case REGULAR:
		make_file(root, row);
		return;
	case PROC:
		mount_filesystem(root, row, "proc");
		return;
	case TMPFS:
		mount_filesystem(root, row, "tmpfs");
		return;
	case ATTRIBUTES:
		set_attributes(root, row);
		return;
	case DETACH:
		if (umount2(place(root, row->target), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
			fail(errno, "unmounting %s", row->target);
		return;
	}
	fail(EBADMSG, "mount of kind %u", row->kind);
}

static void enter_root(const char *root)
{
	if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		fail(errno, "pivot_root %s", root);
	/* The old root now lies over the new one: "." is the old. */
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		fail(errno, "leaving the old root");
}

/* Payload: 1 for a new root on tmpfs (0: the host's), a directory that is the root in the end, then the rows, parents before children. */
void step_mounts(struct reader *reader)
{
	uint32_t fresh = read_u32(reader);
	const char *chroot_to = read_string(reader);
	uint32_t count = read_count(reader, 36, MOUNTS_MAX);
	struct row *rows = calloc(count ? count : 1, sizeof(*rows));
	const char *root = fresh != 0 ? STAGING : "";
	mode_t mask = umask(0);

	if (rows == NULL)
		fail(ENOMEM, "%u mounts", count);
	if ((launch_namespaces & CLONE_NEWNS) == 0)
		fail(EINVAL, "no mount namespace was asked for");
	for (uint32_t i = 0; i < count; i++)
		read_row(reader, &rows[i]);
	read_end(reader);
	/* Mounts that the host makes later still arrive; ours never go out. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
		fail(errno, "propagation of /");
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].kind == BIND)
			open_source(&rows[i]);
	if (fresh != 0 && mount("clsync", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0)
		fail(errno, "tmpfs on %s", root);
	for (uint32_t i = 0; i < count; i++)
		apply(root, &rows[i]);
	if (fresh != 0)
		enter_root(root);
	if (chroot_to[0] != '\0' && (chroot(chroot_to) != 0 || chdir("/") != 0))
		fail(errno, "chroot %s", chroot_to);
	free(rows);
	umask(mask);
}
