#include "compare/entry.h"

#include "compare/pairs.h"
#include "compare/quick-check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int compare_paths(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool is_skipped(const struct comparison *comparison, const char *path)
{
	return comparison->skipped_count > 0 &&
	       bsearch(path, comparison->skipped, comparison->skipped_count,
	               sizeof(*comparison->skipped), compare_paths);
}

int open_beneath(int root, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK |
		                         O_CLOEXEC,
		                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

void report_difference(struct comparison *comparison, enum difference_kind kind, const char *path,
                       bool directory, uint64_t links)
{
	size_t length = strlen(path), size = (sizeof(struct difference) + length + 7) & ~(size_t)7;
	struct difference *difference = bytes_extend(&comparison->findings, size);

	memset(difference, 0, size);
	difference->kind = (uint8_t)kind;
	difference->directory = directory;
	difference->size = (uint32_t)size;
	difference->links = links > UINT32_MAX ? UINT32_MAX : (uint32_t)links;
	difference->path_length = (uint32_t)length;
	memcpy(difference + 1, path, length);
}

int copy_directory(struct comparison *comparison)
{
	if (comparison->there == NOT_OPENED)
		comparison->there = comparison->copy >= 0
		                            ? open_beneath(comparison->copy, comparison->pair.path)
		                            : -1;
	return comparison->there;
}

/*
 * Reports names that share an inode in the copy but not in the source: rsync would change both when
 * it changes one.
 */
static void look_at_tie(struct comparison *comparison, const struct stat *status,
                        const struct stat *copy, const char *path)
{
	if (copy->st_nlink > 1 && (copy->st_mode & S_IFMT) == (status->st_mode & S_IFMT) &&
	    ties_conflict(&comparison->ties, status, copy))
		report_difference(comparison,
		                  S_ISREG(status->st_mode) ? DIFFERENCE_TIED_FILE
		                                           : DIFFERENCE_TIED_OTHER,
		                  path, false, status->st_nlink);
}

/*
 * For symbolic links, devices, pipes and sockets, which rsync does not replace if they are equal.
 */
static void look_at_other(struct comparison *comparison, const char *name, const char *path)
{
	struct stat status, copy;

	/* The copy first: few of them have several names. */
	if (copy_directory(comparison) >= 0 &&
	    fstatat(comparison->there, name, &copy, AT_SYMLINK_NOFOLLOW) == 0 &&
	    copy.st_nlink > 1 && !is_skipped(comparison, path) &&
	    fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		look_at_tie(comparison, &status, &copy, path);
}

static void look_at_file(struct comparison *comparison, const char *name, const char *path)
{
	uint32_t options = comparison->terms.options;
	bool suspect = comparison->pair.extent & EXTENT_SUSPECT, seen = comparison->copy >= 0,
	     equal = false, doubtful, sparse, tied;
	struct stat status, copy;

	if (fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode))
		return;
	sparse = options & COMPARE_SPARSE && is_sparse(&comparison->terms, &status);
	doubtful = options & COMPARE_DOUBTFUL && status.st_size > 0 &&
	           ((seen && (suspect || options & COMPARE_COARSE)) || is_moved(&status));
	/* A file that was linked, or whose time was set, has a change time after its last write. */
	tied = options & COMPARE_TIED && (is_moved(&status) || status.st_nlink > 1);
	if ((!sparse && !doubtful && !tied) || is_skipped(comparison, path))
		return;
	if (copy_directory(comparison) >= 0 &&
	    fstatat(comparison->there, name, &copy, AT_SYMLINK_NOFOLLOW) == 0) {
		equal = looks_equal(&comparison->terms, &status, &copy);
		/* rsync replaces a file of another size in any case. */
		if (tied && status.st_size == copy.st_size)
			look_at_tie(comparison, &status, &copy, path);
	}
	if (doubtful && (equal || !seen) &&
	    (suspect ||
	     is_later(&comparison->terms, comparison->now, &status, seen ? &copy : NULL)))
		report_difference(comparison, DIFFERENCE_DOUBTFUL, path, false, status.st_nlink);
	if (sparse && !equal)
		report_difference(comparison, DIFFERENCE_SPARSE, path, false, status.st_nlink);
}

/* For every object that may be hard-linked; reads the source only. */
static void look_at_links(struct comparison *comparison, const char *name, const char *path)
{
	struct stat status;

	if (fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(status.st_mode) && status.st_nlink > 1 &&
	    is_later(&comparison->terms, comparison->now, &status, NULL) &&
	    !is_skipped(comparison, path))
		report_difference(comparison, DIFFERENCE_SHARED, path, false, status.st_nlink);
}

void look_at_source(struct comparison *comparison, const char *name, unsigned char type,
                    const char *path)
{
	struct stat status;

	if (type == DT_UNKNOWN &&
	    fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
	if (type != DT_DIR && comparison->terms.options & COMPARE_SHARED)
		look_at_links(comparison, name, path);
	if (type == DT_REG && comparison->terms.options & (COMPARE_DOUBTFUL | COMPARE_SPARSE))
		look_at_file(comparison, name, path);
	else if (type != DT_REG && type != DT_DIR && comparison->terms.options & COMPARE_TIED)
		look_at_other(comparison, name, path);
	else if (type == DT_DIR && !(comparison->pair.extent & EXTENT_SHALLOW) &&
	         !is_skipped(comparison, path))
		compare_add(comparison, path, strlen(path), comparison->pair.extent);
}

void look_at_copy(struct comparison *comparison, const char *name, unsigned char type,
                  const char *path)
{
	struct stat status;
	bool directory = type == DT_DIR, present, same;

	if (type == DT_UNKNOWN)
		directory = fstatat(comparison->there, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		            S_ISDIR(status.st_mode);
	status.st_mode = S_IFDIR;
	/* A name whose status cannot be read counts as present. */
	present = comparison->here >= 0 &&
	          (fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
	           errno != ENOENT);
	same = present && (!directory || S_ISDIR(status.st_mode));
	if (same || is_skipped(comparison, path))
		return;
	/* A directory that is replaced by another object is deleted with its content. */
	if (!present)
		report_difference(comparison, DIFFERENCE_EXTRA, path, directory, 1);
	if (directory)
		compare_add(comparison, path, strlen(path), comparison->pair.extent);
}

bool came_later(struct comparison *comparison, const struct stat *status)
{
	struct stat copy;

	if (!is_moved(status))
		return false;
	if (comparison->copy < 0)
		return is_later(&comparison->terms, comparison->now, status, NULL);
	return copy_directory(comparison) >= 0 && fstat(comparison->there, &copy) == 0 &&
	       is_later(&comparison->terms, comparison->now, status, &copy);
}
