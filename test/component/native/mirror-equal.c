/* Compares two trees in everything that a mirror keeps, in a way of its own. */
#include "mirror-fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MOST = 4096 };

/* Pairs of inodes of objects with several names. */
static struct {
	ino_t source, destination;
} pairs[MOST];
static size_t pair_count;
static int roots[2];
static char place[PATH_MAX];

#define EQUAL(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s: not equal: %s\n", place, #condition);                 \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static void compare_inodes(const struct stat *one, const struct stat *other)
{
	for (size_t i = 0; i < pair_count; i++) {
		if (pairs[i].source == one->st_ino && pairs[i].destination == other->st_ino)
			return;
		EQUAL(pairs[i].source != one->st_ino && pairs[i].destination != other->st_ino);
	}
	CHECK(pair_count < MOST);
	pairs[pair_count].source = one->st_ino;
	pairs[pair_count++].destination = other->st_ino;
}

static void compare_content(const char *path, off_t size)
{
	static char bytes[2][1 << 16];
	const int one = openat(roots[0], path, O_RDONLY | O_NOFOLLOW),
	          other = openat(roots[1], path, O_RDONLY | O_NOFOLLOW);

	CHECK(one >= 0 && other >= 0);
	for (off_t at = 0; at < size; at += (off_t)sizeof(bytes[0])) {
		const ssize_t length = pread(one, bytes[0], sizeof(bytes[0]), at);

		EQUAL(pread(other, bytes[1], sizeof(bytes[1]), at) == length);
		EQUAL(memcmp(bytes[0], bytes[1], (size_t)length) == 0);
	}
	close(one);
	close(other);
}

static void compare_attributes(const char *path)
{
	static const char *const names[] = { "user.one", "user.two", "system.posix_acl_access",
		                             "system.posix_acl_default" };
	char through[PATH_MAX + 64], values[2][256];
	ssize_t lengths[2];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int side = 0; side < 2; side++) {
			snprintf(through, sizeof(through), "/proc/self/fd/%d/%s", roots[side],
			         path);
			lengths[side] = lgetxattr(through, names[i], values[side],
			                          sizeof(values[0]));
		}
		EQUAL(lengths[0] == lengths[1]);
		EQUAL(lengths[0] <= 0 || memcmp(values[0], values[1], (size_t)lengths[0]) == 0);
	}
}

static void compare_object(const char *path, const struct stat *one, const struct stat *other)
{
	char targets[2][PATH_MAX];

	EQUAL(one->st_mode == other->st_mode);
	EQUAL(one->st_uid == other->st_uid);
	EQUAL(one->st_gid == other->st_gid);
	EQUAL(one->st_rdev == other->st_rdev);
	EQUAL(one->st_mtim.tv_sec == other->st_mtim.tv_sec);
	EQUAL(one->st_mtim.tv_nsec == other->st_mtim.tv_nsec);
	compare_attributes(path);
	if (S_ISDIR(one->st_mode))
		return;
	EQUAL(one->st_size == other->st_size);
	compare_inodes(one, other);
	if (S_ISREG(one->st_mode)) {
		compare_content(path, one->st_size);
		EQUAL(one->st_size < 1 << 20 || one->st_blocks * 512 > one->st_size / 2 ||
		      other->st_blocks * 512 < other->st_size / 2);
	}
	if (S_ISLNK(one->st_mode)) {
		memset(targets, 0, sizeof(targets));
		for (int side = 0; side < 2; side++)
			CHECK(readlinkat(roots[side], path, targets[side], PATH_MAX - 1) > 0);
		EQUAL(strcmp(targets[0], targets[1]) == 0);
	}
}

static size_t count(int root, const char *path)
{
	DIR *directory = fdopendir(openat(root, *path ? path : ".", O_RDONLY | O_DIRECTORY));
	size_t names = 0;

	CHECK(directory);
	while (readdir(directory))
		names++;
	closedir(directory);
	return names;
}

static void compare_directory(const char *path)
{
	DIR *directory = fdopendir(openat(roots[0], *path ? path : ".", O_RDONLY | O_DIRECTORY));
	char below[PATH_MAX];

	CHECK(directory);
	snprintf(place, sizeof(place), "%s", path);
	EQUAL(count(roots[0], path) == count(roots[1], path));
	for (const struct dirent *entry; (entry = readdir(directory));) {
		struct stat one, other;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		CHECK((size_t)snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "",
		                       entry->d_name) < sizeof(below));
		strcpy(place, below);
		CHECK(fstatat(roots[0], below, &one, AT_SYMLINK_NOFOLLOW) == 0);
		EQUAL(fstatat(roots[1], below, &other, AT_SYMLINK_NOFOLLOW) == 0);
		compare_object(below, &one, &other);
		if (S_ISDIR(one.st_mode))
			compare_directory(below);
	}
	closedir(directory);
}

void expect_equal(int source, int destination)
{
	struct stat one, other;

	roots[0] = source;
	roots[1] = destination;
	pair_count = 0;
	compare_directory("");
	CHECK(fstat(source, &one) == 0 && fstat(destination, &other) == 0);
	strcpy(place, "(root)");
	compare_object(".", &one, &other);
}
