#include "addon/comparison.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOT_OPENED (-2)

void compare_init(struct comparison *comparison, int source, int copy,
                  const struct compare_terms *terms, const uint8_t *skipped, size_t length)
{
	struct stat status;
	size_t at = 0;

	*comparison = (struct comparison){ .terms = *terms,
		                           .source = source,
		                           .copy = copy,
		                           .here = -1,
		                           .there = NOT_OPENED,
		                           .listed = -1 };
	clock_gettime(CLOCK_REALTIME, &comparison->now);
	if (fstat(source, &status) == 0)
		comparison->device = status.st_dev;
	comparison->skipped_bytes = grow_array(NULL, length + 1, 1);
	memcpy(comparison->skipped_bytes, skipped, length);
	comparison->skipped_bytes[length] = '\0';
	while (at < length) {
		comparison->skipped = grow_array(comparison->skipped, comparison->skipped_count + 1,
		                                 sizeof(*comparison->skipped));
		comparison->skipped[comparison->skipped_count++] = comparison->skipped_bytes + at;
		at += strlen(comparison->skipped_bytes + at) + 1;
	}
}

static void close_pair(struct comparison *comparison)
{
	if (comparison->here >= 0)
		close(comparison->here);
	if (comparison->there >= 0)
		close(comparison->there);
	comparison->here = comparison->listed = -1;
	comparison->there = NOT_OPENED;
	free(comparison->pair.path);
	comparison->pair.path = NULL;
}

void compare_free(struct comparison *comparison)
{
	close_pair(comparison);
	while (comparison->count > 0)
		free(comparison->pairs[--comparison->count].path);
	free(comparison->pairs);
	free(comparison->skipped);
	free(comparison->skipped_bytes);
	bytes_free(&comparison->findings);
	ties_free(&comparison->ties);
	close(comparison->source);
	if (comparison->copy >= 0)
		close(comparison->copy);
}

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

void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent)
{
	struct pair pair = { .path = grow_array(NULL, length + 1, 1),
		             .length = length,
		             .extent = extent };

	memcpy(pair.path, path, length);
	pair.path[length] = '\0';
	if (comparison->count == comparison->capacity) {
		comparison->capacity = comparison->capacity ? comparison->capacity * 2 : 256;
		comparison->pairs = grow_array(comparison->pairs, comparison->capacity,
		                               sizeof(*comparison->pairs));
	}
	comparison->pairs[comparison->count++] = pair;
}

static void tell(struct comparison *comparison, enum compare_kind kind, const char *path,
                 bool directory, uint64_t links)
{
	size_t length = strlen(path), size = (sizeof(struct compared) + length + 7) & ~(size_t)7;
	struct compared *compared = bytes_extend(&comparison->findings, size);

	memset(compared, 0, size);
	compared->kind = (uint8_t)kind;
	compared->directory = directory;
	compared->size = (uint32_t)size;
	compared->links = links > UINT32_MAX ? UINT32_MAX : (uint32_t)links;
	compared->path_length = (uint32_t)length;
	memcpy(compared + 1, path, length);
}

static int open_beneath(int root, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK |
		                         O_CLOEXEC,
		                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

/* Seconds from one time to another. */
static double between(struct timespec from, struct timespec to)
{
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static bool are_equal(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

/*
 * A write sets both times to one; when they differ, the time was set, or the object came from
 * elsewhere.
 */
static bool is_moved(const struct stat *status)
{
	return !are_equal(status->st_ctim, status->st_mtim);
}

/*
 * Whether a change may have come after the copy was made (`copy` is NULL where it cannot be seen).
 */
static bool is_later(const struct comparison *comparison, const struct stat *status,
                     const struct stat *copy)
{
	double changed;

	if (comparison->terms.options & COMPARE_NO_CHANGE_TIMES)
		copy = NULL;
	if (copy && between(comparison->now, copy->st_ctim) <= comparison->terms.margin)
		return between(copy->st_ctim, status->st_ctim) >= -comparison->terms.margin;
	/* A copy from the future says nothing: the clock was set. */
	if (copy)
		return true;
	changed = (double)status->st_ctim.tv_sec + (double)status->st_ctim.tv_nsec / 1e9;
	return changed >= comparison->terms.since - comparison->terms.margin;
}

/* As rsync's quick check. */
static bool looks_equal(const struct comparison *comparison, const struct stat *status,
                        const struct stat *copy)
{
	const struct timespec one = status->st_mtim, other = copy->st_mtim;

	if (!S_ISREG(copy->st_mode) || status->st_size != copy->st_size)
		return false;
	return comparison->terms.window < 0
	               ? are_equal(one, other)
	               : llabs((long long)one.tv_sec - other.tv_sec) <= comparison->terms.window;
}

static bool is_sparse(const struct comparison *comparison, const struct stat *status)
{
	double size = (double)status->st_size;

	return size >= comparison->terms.sparse_least &&
	       (double)status->st_blocks * 512 < size / comparison->terms.sparse_share;
}

/*
 * The copy's side of the pair, opened when it is first wanted: most directories have nothing to be
 * compared. -1: there is none.
 */
static int there(struct comparison *comparison)
{
	if (comparison->there == NOT_OPENED)
		comparison->there = comparison->copy >= 0
		                            ? open_beneath(comparison->copy, comparison->pair.path)
		                            : -1;
	return comparison->there;
}

/*
 * Names of one object of the copy are names of one object of the source, or rsync changes both when
 * it changes one.
 */
static void look_at_tie(struct comparison *comparison, const struct stat *status,
                        const struct stat *copy, const char *path)
{
	if (copy->st_nlink > 1 && (copy->st_mode & S_IFMT) == (status->st_mode & S_IFMT) &&
	    ties_conflict(&comparison->ties, status, copy))
		tell(comparison,
		     S_ISREG(status->st_mode) ? COMPARED_TIED_FILE : COMPARED_TIED_OTHER, path,
		     false, status->st_nlink);
}

/* Symbolic links, devices, pipes, sockets: rsync takes what is alike for the same object. */
static void look_at_other(struct comparison *comparison, const char *name, const char *path)
{
	struct stat status, copy;

	/* The copy first: that it has other names is rare. */
	if (there(comparison) >= 0 &&
	    fstatat(comparison->there, name, &copy, AT_SYMLINK_NOFOLLOW) == 0 &&
	    copy.st_nlink > 1 && !is_skipped(comparison, path) &&
	    fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		look_at_tie(comparison, &status, &copy, path);
}

static void look_at_file(struct comparison *comparison, const char *name, const char *path)
{
	uint32_t options = comparison->terms.options;
	bool suspect = comparison->pair.extent & COMPARE_SUSPECT, seen = comparison->copy >= 0,
	     equal = false, doubtful, sparse, tied;
	struct stat status, copy;

	if (fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode))
		return;
	sparse = options & COMPARE_SPARSE && is_sparse(comparison, &status);
	doubtful = options & COMPARE_DOUBTFUL && status.st_size > 0 &&
	           ((seen && (suspect || options & COMPARE_COARSE)) || is_moved(&status));
	/* What was linked, or has the time of another, was changed after its last write. */
	tied = options & COMPARE_TIED && (is_moved(&status) || status.st_nlink > 1);
	if ((!sparse && !doubtful && !tied) || is_skipped(comparison, path))
		return;
	if (there(comparison) >= 0 &&
	    fstatat(comparison->there, name, &copy, AT_SYMLINK_NOFOLLOW) == 0) {
		equal = looks_equal(comparison, &status, &copy);
		/* A file of another size is made anew in any case. */
		if (tied && status.st_size == copy.st_size)
			look_at_tie(comparison, &status, &copy, path);
	}
	if (doubtful && (equal || !seen) &&
	    (suspect || is_later(comparison, &status, seen ? &copy : NULL)))
		tell(comparison, COMPARED_DOUBTFUL, path, false, status.st_nlink);
	if (sparse && !equal)
		tell(comparison, COMPARED_SPARSE, path, false, status.st_nlink);
}

static void look_at_source(struct comparison *comparison, const char *name, unsigned char type,
                           const char *path)
{
	struct stat status;

	if (type == DT_UNKNOWN &&
	    fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
	if (type == DT_REG && comparison->terms.options & (COMPARE_DOUBTFUL | COMPARE_SPARSE))
		look_at_file(comparison, name, path);
	else if (type != DT_REG && type != DT_DIR && comparison->terms.options & COMPARE_TIED)
		look_at_other(comparison, name, path);
	else if (type == DT_DIR && !(comparison->pair.extent & COMPARE_SHALLOW) &&
	         !is_skipped(comparison, path))
		compare_add(comparison, path, strlen(path), comparison->pair.extent);
}

static void look_at_copy(struct comparison *comparison, const char *name, unsigned char type,
                         const char *path)
{
	struct stat status;
	bool directory = type == DT_DIR, present, same;

	if (type == DT_UNKNOWN)
		directory = fstatat(comparison->there, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		            S_ISDIR(status.st_mode);
	status.st_mode = S_IFDIR;
	/* What cannot be looked at is there. */
	present = comparison->here >= 0 &&
	          (fstatat(comparison->here, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
	           errno != ENOENT);
	same = present && (!directory || S_ISDIR(status.st_mode));
	if (same || is_skipped(comparison, path))
		return;
	/* A directory where the source has something else gives way with all that is in it. */
	if (!present)
		tell(comparison, COMPARED_EXTRA, path, directory, 1);
	if (directory)
		compare_add(comparison, path, strlen(path), comparison->pair.extent);
}

/*
 * Whether the directory came from elsewhere after its copy was made, so that what is beneath it may
 * be another's.
 */
static bool came_later(struct comparison *comparison, const struct stat *status)
{
	struct stat copy;

	if (!is_moved(status))
		return false;
	if (comparison->copy < 0)
		return is_later(comparison, status, NULL);
	return there(comparison) >= 0 && fstat(comparison->there, &copy) == 0 &&
	       is_later(comparison, status, &copy);
}

static bool next_pair(struct comparison *comparison)
{
	uint32_t options = comparison->terms.options;
	struct stat status;

	if (comparison->count == 0)
		return false;
	comparison->pair = comparison->pairs[--comparison->count];
	comparison->here = open_beneath(comparison->source, comparison->pair.path);
	if (comparison->here < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
		/* It is there, but cannot be looked at. */
		close_pair(comparison);
		return true;
	}
	if (comparison->here >= 0 && fstat(comparison->here, &status) == 0) {
		if (options & COMPARE_ONE_FILE_SYSTEM && status.st_dev != comparison->device) {
			close_pair(comparison);
			return true;
		}
		if (options & COMPARE_DOUBTFUL && !(comparison->pair.extent & COMPARE_SUSPECT) &&
		    came_later(comparison, &status)) {
			comparison->pair.extent |= COMPARE_SUSPECT;
			tell(comparison, COMPARED_SUSPECT, comparison->pair.path, true, 1);
		}
	}
	comparison->at = comparison->length = 0;
	comparison->listed = comparison->here;
	return true;
}

/* The other side of a pair, or the end of it. */
static void next_side(struct comparison *comparison)
{
	bool both = comparison->listed == comparison->here &&
	            comparison->terms.options & COMPARE_EXTRA && there(comparison) >= 0;

	comparison->at = comparison->length = 0;
	comparison->listed = both ? comparison->there : -1;
	if (!both)
		close_pair(comparison);
}

/* Goes on with the listing; returns how many entries it looked at. */
static uint32_t list(struct comparison *comparison, uint32_t budget)
{
	char path[PATH_MAX];
	size_t length = comparison->pair.length;
	uint32_t looked = 0;

	memcpy(path, comparison->pair.path, length);
	if (length > 0)
		path[length++] = '/';
	while (looked < budget) {
		const struct dirent64 *entry =
		        (const struct dirent64 *)(const void *)(comparison->entries +
		                                                comparison->at);
		long got;

		if (comparison->at == comparison->length) {
			got = comparison->listed < 0
			              ? 0
			              : syscall(SYS_getdents64, comparison->listed,
			                        comparison->entries, sizeof(comparison->entries));
			if (got <= 0) {
				next_side(comparison);
				return looked + 1;
			}
			comparison->at = 0;
			comparison->length = (size_t)got;
			continue;
		}
		comparison->at += entry->d_reclen;
		looked++;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    length + strlen(entry->d_name) >= sizeof(path))
			continue;
		strcpy(path + length, entry->d_name);
		if (comparison->listed == comparison->here)
			look_at_source(comparison, entry->d_name, entry->d_type, path);
		else
			look_at_copy(comparison, entry->d_name, entry->d_type, path);
	}
	return looked;
}

bool compare_step(struct comparison *comparison, uint32_t budget)
{
	while (budget > 0) {
		uint32_t looked = 1;

		if (comparison->pair.path)
			looked = list(comparison, budget);
		else if (!next_pair(comparison))
			return false;
		budget -= looked < budget ? looked : budget;
	}
	return comparison->pair.path || comparison->count > 0;
}
