#include "launch/mount-rows.h"

#include "launch/failure.h"
#include "launch/new-root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void mount_row_read(struct payload *payload, struct mount_row *row)
{
	*row = (struct mount_row){ .kind = read_u32(payload), .tree = -1 };
	row->target = read_string(payload);
	row->source = read_place(payload);
	row->text = row->source.path;
	row->mode = read_u32(payload);
	row->attributes.attr_set = read_u64(payload);
	row->attributes.attr_clr = read_u64(payload);
	row->content = read_bytes(payload, &row->length);
	if (row->target[0] != '/')
		fail(EINVAL, "%s is not absolute", row->target);
}

void mount_row_open(struct mount_row *row)
{
	struct mount_attr attributes = row->attributes;
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;

	if (place_is_open(&row->source)) {
		int found = place_find(&row->source);
		row->tree = open_tree(found, "", flags | AT_EMPTY_PATH);
		close(found);
	} else {
		row->tree = open_tree(AT_FDCWD, row->text, flags | AT_SYMLINK_NOFOLLOW);
	}
	if (row->tree < 0)
		fail(errno, "%s", row->text);
	if (mount_setattr(row->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
	                  sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->text);
}

static void make_file(const struct mount_row *row)
{
	const char *name;
	int parent = new_root_parent(row->target, &name);

	new_root_require_own(parent, row->target);
	int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	                row->mode);
	if (fd < 0 || write(fd, row->content, row->length) != (ssize_t)row->length)
		fail(errno, "%s", row->target);
	close(fd);
	close(parent);
}

/* A link that exists already in a mounted directory must have the same value. */
static void make_link(const struct mount_row *row)
{
	char value[PATH_MAX];
	const char *name;
	int parent = new_root_parent(row->target, &name);

	if (!new_root_is_own(parent, row->target) || symlinkat(row->text, parent, name) != 0) {
		ssize_t length = readlinkat(parent, name, value, sizeof(value));
		if (length < 0 || (size_t)length != strlen(row->text) ||
		    memcmp(value, row->text, (size_t)length) != 0)
			fail(EEXIST, "%s", row->target);
	}
	close(parent);
}

/* A path for calls that do not take a descriptor. */
static const char *name_of(int descriptor)
{
	static char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
	return name;
}

/* In the host's tree the source is its own target, wherever the path leads by now. */
static int find_target(const struct mount_row *row)
{
	return place_is_open(&row->source) && new_root_is_host() ? place_find(&row->source)
	                                                         : new_root_resolve(row->target, 0);
}

static void attach(struct mount_row *row)
{
	struct stat stat;

	if (fstatat(row->tree, "", &stat, AT_EMPTY_PATH) != 0)
		fail(errno, "%s", row->text);
	int target = find_target(row);
	if (target < 0) {
		if (S_ISDIR(stat.st_mode))
			new_root_make_directory(row->target, 0755);
		else
			make_file(&(struct mount_row){ .target = row->target, .mode = 0644 });
		target = new_root_find(row->target);
	}
	if (move_mount(row->tree, "", target, "",
	               MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
		fail(errno, "mounting %s", row->target);
	close(target);
	close(row->tree);
}

static void mount_filesystem(const struct mount_row *row, const char *type)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | (strcmp(type, "proc") == 0 ? MS_NOEXEC : 0);

	new_root_make_directory(row->target, 0755);
	int target = new_root_find(row->target);
	if (mount(type, name_of(target), type, flags, row->text) != 0)
		fail(errno, "mounting %s on %s", type, row->target);
	close(target);
	target = new_root_find(row->target);
	new_root_add_own(target, row->target);
	close(target);
}

static void set_attributes(const struct mount_row *row)
{
	struct mount_attr attributes = row->attributes;
	int target = new_root_find(row->target);

	if (mount_setattr(target, "", AT_EMPTY_PATH | (row->mode != 0 ? AT_RECURSIVE : 0),
	                  &attributes, sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->target);
	close(target);
}

static void change_mode(const struct mount_row *row)
{
	int target = new_root_find(row->target);

	new_root_require_own(target, row->target);
	if (chmod(name_of(target), row->mode) != 0)
		fail(errno, "%s", row->target);
	close(target);
}

/*
 * Unmounts every mount at the path, topmost first, until it is not a mount point (EINVAL), or is
 * absent because a mount above it was unmounted.
 */
static void detach(const struct mount_row *row)
{
	int target, result;

	while ((target = new_root_resolve(row->target, 0)) >= 0) {
		result = umount2(name_of(target), MNT_DETACH) == 0 ? 0 : errno;
		close(target);
		if (result == EINVAL)
			return;
		if (result != 0)
			fail(result, "unmounting %s", row->target);
	}
	if (errno != ENOENT)
		fail(errno, "%s", row->target);
}

void mount_row_apply(struct mount_row *row)
{
	switch ((enum mount_kind)row->kind) {
	case MOUNT_BIND:
		attach(row);
		return;
	case MOUNT_SYMLINK:
		make_link(row);
		return;
	case MOUNT_DIRECTORY:
		new_root_make_directory(row->target, row->mode);
		change_mode(row);
		return;
	case MOUNT_FILE:
		make_file(row);
		return;
	case MOUNT_PROC:
		mount_filesystem(row, "proc");
		return;
	case MOUNT_TMPFS:
		mount_filesystem(row, "tmpfs");
		return;
	case MOUNT_ATTRIBUTES:
		set_attributes(row);
		return;
	case MOUNT_DETACH:
		detach(row);
		return;
	}
	fail(EBADMSG, "mount of kind %u", row->kind);
}
