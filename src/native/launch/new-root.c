#include "launch/new-root.h"

#include "launch/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int root = -1;
static bool is_host;

/* Mounts in which files may be created; all other mounts belong to the host. */
static uint64_t own[NEW_ROOT_ROWS_MAX + 1];
static size_t own_count;

int new_root_resolve(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static uint64_t mount_of(int descriptor, const char *path)
{
	struct statx status;

	if (statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
		fail(errno, "%s", path);
	if ((status.stx_mask & STATX_MNT_ID) == 0)
		fail(ENOSYS, "the mount of %s", path);
	return status.stx_mnt_id;
}

void new_root_add_own(int descriptor, const char *path)
{
	if (own_count == NEW_ROOT_ROWS_MAX + 1)
		fail(E2BIG, "%s", path);
	own[own_count++] = mount_of(descriptor, path);
}

bool new_root_is_own(int directory, const char *path)
{
	uint64_t mount = mount_of(directory, path);
	size_t i = 0;

	while (i < own_count && own[i] != mount)
		i++;
	return i < own_count;
}

void new_root_require_own(int directory, const char *path)
{
	if (!new_root_is_own(directory, path))
		fail(EROFS, "%s is not made on the host", path);
}

void new_root_open(const char *path, bool is_own)
{
	own_count = 0;
	is_host = !is_own;
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		fail(errno, "the new root");
	if (is_own)
		new_root_add_own(root, "the new root");
}

bool new_root_is_host(void)
{
	return is_host;
}

void new_root_close(void)
{
	close(root);
	root = -1;
}

/* Opens a directory; creates it if it is absent. */
static int enter(int parent, const char *path, const char *name, mode_t mode)
{
	int directory = new_root_resolve(path, O_DIRECTORY);

	if (directory >= 0 || errno != ENOENT)
		return directory;
	new_root_require_own(parent, path);
	return mkdirat(parent, name, mode) != 0 ? -1 : new_root_resolve(path, O_DIRECTORY);
}

int new_root_parent(const char *path, const char **name)
{
	char upper[PATH_MAX];
	int at = new_root_resolve("/", O_DIRECTORY);

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

void new_root_make_directory(const char *path, mode_t mode)
{
	const char *name;
	int present = new_root_resolve(path, O_DIRECTORY);

	if (present >= 0) {
		close(present);
		return;
	}
	int parent = new_root_parent(path, &name), made = enter(parent, path, name, mode);
	if (made < 0)
		fail(errno, "%s", path);
	close(made);
	close(parent);
}

int new_root_find(const char *path)
{
	int descriptor = new_root_resolve(path, 0);

	if (descriptor < 0)
		fail(errno, "%s", path);
	return descriptor;
}
