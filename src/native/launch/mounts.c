/*
 * The program's view of the file system: a root of its own made of bind mounts, or the host's with
 * some of it mounted over.
 */
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
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
/* Mounts of which the program sees no other place than this view. */
#define OWN_MAX (MOUNTS_MAX + 1)
/*
 * Covered by the new root while that is filled; present on every system, and uncovered again by
 * pivot_root.
 */
#define STAGING "/tmp"

enum kind { BIND = 1, SYMLINK, DIRECTORY, REGULAR, PROC, TMPFS, ATTRIBUTES, DETACH };

/* One row of the specification; which fields are used depends on the kind. */
struct row {
	uint32_t kind;
	const char *target;
	const char *text; /* source of a bind mount, value of a symbolic link, options of proc and
	                     tmpfs */
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

	row->tree = open_tree(AT_FDCWD, row->text,
	                      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
	                              AT_SYMLINK_NOFOLLOW);
	if (row->tree < 0)
		fail(errno, "%s", row->text);
	if (mount_setattr(row->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
	                  sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->text);
}

/*
 * The root that is being made: symbolic links in it, which a handler may have planted in an earlier
 * run, lead nowhere else.
 */
static int root = -1;

static int resolve(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/*
 * The mounts in which something may be made: those that are new here, and the directory that the
 * user gave for the root. Whatever else is mounted is the host's, also where it may be written to.
 */
static uint64_t own[OWN_MAX];
static size_t own_count;

static uint64_t mount_of(int descriptor, const char *path)
{
	struct statx status;

	if (statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
		fail(errno, "%s", path);
	if ((status.stx_mask & STATX_MNT_ID) == 0)
		fail(ENOSYS, "the mount of %s", path);
	return status.stx_mnt_id;
}

static void add_own(int descriptor, const char *path)
{
	if (own_count == OWN_MAX)
		fail(E2BIG, "%s", path);
	own[own_count++] = mount_of(descriptor, path);
}

static bool is_own(int directory, const char *path)
{
	uint64_t mount = mount_of(directory, path);
	size_t i = 0;

	while (i < own_count && own[i] != mount)
		i++;
	return i < own_count;
}

static void require_own(int directory, const char *path)
{
	if (!is_own(directory, path))
		fail(EROFS, "%s is not made on the host", path);
}

/* Opens a directory, made if it is missing. */
static int enter(int parent, const char *path, const char *name, mode_t mode)
{
	int directory = resolve(path, O_DIRECTORY);

	if (directory >= 0 || errno != ENOENT)
		return directory;
	require_own(parent, path);
	return mkdirat(parent, name, mode) != 0 ? -1 : resolve(path, O_DIRECTORY);
}

/* The directory that holds `path`, made with those above it; `*name` is what it holds. */
static int parent_of(const char *path, const char **name)
{
	char upper[PATH_MAX];
	int at = resolve("/", O_DIRECTORY);

	if ((size_t)snprintf(upper, sizeof(upper), "%s", path) >= sizeof(upper))
		fail(ENAMETOOLONG, "%s", path);
	char *part = upper + 1;
	for (char *slash; at >= 0 && (slash = strchr(part, '/')) != NULL; part = slash + 1) {
		*slash = '\0';
		int next = enter(at, upper, part, 0755);
		if (next < 0)
			fail(errno, "%s", upper);
		close(at);
		at = next;
		*slash = '/';
	}
	if (at < 0)
		fail(errno, "%s", path);
	*name = path + (part - upper);
	return at;
}

static void make_directory(const char *path, mode_t mode)
{
	const char *name;
	int present = resolve(path, O_DIRECTORY);

	if (present >= 0) {
		close(present);
		return;
	}
	int parent = parent_of(path, &name), made = enter(parent, path, name, mode);
	if (made < 0)
		fail(errno, "%s", path);
	close(made);
	close(parent);
}

static void make_file(const struct row *row)
{
	const char *name;
	int parent = parent_of(row->target, &name);

	require_own(parent, row->target);
	int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	                row->mode);
	if (fd < 0 || write(fd, row->content, row->length) != (ssize_t)row->length)
		fail(errno, "%s", row->target);
	close(fd);
	close(parent);
}

/* One that is there already, in a directory that was mounted, must be the same. */
static void make_link(const struct row *row)
{
	char value[PATH_MAX];
	const char *name;
	int parent = parent_of(row->target, &name);

	if (!is_own(parent, row->target) || symlinkat(row->text, parent, name) != 0) {
		ssize_t length = readlinkat(parent, name, value, sizeof(value));
		if (length < 0 || (size_t)length != strlen(row->text) ||
		    memcmp(value, row->text, (size_t)length) != 0)
			fail(EEXIST, "%s", row->target);
	}
	close(parent);
}

/* A name for calls that take no descriptor. */
static const char *name_of(int descriptor)
{
	static char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
	return name;
}

static int found(const char *path)
{
	int descriptor = resolve(path, 0);

	if (descriptor < 0)
		fail(errno, "%s", path);
	return descriptor;
}

static void attach(struct row *row)
{
	struct stat stat;

	if (fstatat(row->tree, "", &stat, AT_EMPTY_PATH) != 0)
		fail(errno, "%s", row->text);
	int target = resolve(row->target, 0);
	if (target < 0) {
		if (S_ISDIR(stat.st_mode))
			make_directory(row->target, 0755);
		else
			make_file(&(struct row){ .target = row->target, .mode = 0644 });
		target = found(row->target);
	}
	if (move_mount(row->tree, "", target, "",
	               MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
		fail(errno, "mounting %s", row->target);
	close(target);
	close(row->tree);
}

static void mount_filesystem(const struct row *row, const char *type)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | (strcmp(type, "proc") == 0 ? MS_NOEXEC : 0);

	make_directory(row->target, 0755);
	int target = found(row->target);
	if (mount(type, name_of(target), type, flags, row->text) != 0)
		fail(errno, "mounting %s on %s", type, row->target);
	close(target);
	target = found(row->target);
	add_own(target, row->target);
	close(target);
}

static void set_attributes(const struct row *row)
{
	struct mount_attr attributes = row->attributes;
	int target = found(row->target);

	if (mount_setattr(target, "", AT_EMPTY_PATH | (row->mode != 0 ? AT_RECURSIVE : 0),
	                  &attributes, sizeof(attributes)) != 0)
		fail(errno, "attributes of %s", row->target);
	close(target);
}

static void change_mode(const struct row *row)
{
	int target = found(row->target);

	require_own(target, row->target);
	if (chmod(name_of(target), row->mode) != 0)
		fail(errno, "%s", row->target);
	close(target);
}

/*
 * All that is mounted there, one over the other, until it is no mount point (EINVAL) or has gone
 * with another that was above it.
 */
static void detach(const struct row *row)
{
	int target, result;

	while ((target = resolve(row->target, 0)) >= 0) {
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

static void apply(struct row *row)
{
	switch ((enum kind)row->kind) {
	case BIND:
		attach(row);
		return;
	case SYMLINK:
		make_link(row);
		return;
	case DIRECTORY:
		make_directory(row->target, row->mode);
		change_mode(row);
		return;
	case REGULAR:
		make_file(row);
		return;
	case PROC:
		mount_filesystem(row, "proc");
		return;
	case TMPFS:
		mount_filesystem(row, "tmpfs");
		return;
	case ATTRIBUTES:
		set_attributes(row);
		return;
	case DETACH:
		detach(row);
		return;
	}
	fail(EBADMSG, "mount of kind %u", row->kind);
}

/*
 * Mounts what becomes the root where it can be filled: an empty file system, or a directory of the
 * host with all that is mounted below.
 */
static void stage_root(const char *directory)
{
	if (directory[0] == '\0') {
		if (mount("clsync", STAGING, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") !=
		    0)
			fail(errno, "tmpfs on %s", STAGING);
		return;
	}
	int tree = open_tree(AT_FDCWD, directory,
	                     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 || move_mount(tree, "", AT_FDCWD, STAGING, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		fail(errno, "%s", directory);
	close(tree);
}

static void pivot(void)
{
	if (chdir(STAGING) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		fail(errno, "pivot_root %s", STAGING);
	/* The old root now lies over the new one: "." is the old. */
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		fail(errno, "leaving the old root");
}

/*
 * Payload: 1 for a root of its own, which the host's is left for (0: the host's stays below); the
 * directory that becomes the root (empty: none of the host's); then the rows, parents before
 * children.
 */
void step_mounts(struct reader *reader)
{
	bool leaves = read_u32(reader) != 0;
	const char *directory = read_string(reader);
	bool staged = leaves || directory[0] != '\0';
	uint32_t count = read_count(reader, 36, MOUNTS_MAX);
	struct row *rows = calloc(count ? count : 1, sizeof(*rows));
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
	if (staged)
		stage_root(directory);
	if ((root = open(staged ? STAGING : "/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		fail(errno, "the new root");
	if (staged)
		add_own(root, "the new root");
	for (uint32_t i = 0; i < count; i++)
		apply(&rows[i]);
	close(root);
	if (leaves)
		pivot();
	else if (staged && (chroot(STAGING) != 0 || chdir("/") != 0))
		fail(errno, "chroot %s", directory);
	free(rows);
	umask(mask);
}
