#include "mirror/pair.h"

#include "mirror/beneath.h"
#include "mirror/directory.h"
#include "mirror/findings.h"
#include "mirror/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Opens up the directories on the way to a path, and itself, that their owner has closed. */
static bool open_way(const struct mirror *mirror, const char *path)
{
	bool is_opened = false;
	char part[sizeof(((struct pair *)NULL)->path)];
	size_t length = 0;

	do {
		struct place place = { -1, -1, "" };
		struct stat status;

		length += path[length] == '/';
		length += strcspn(path + length, "/");
		memcpy(part, path, length);
		part[length] = '\0';
		place.directory = open_path_beneath(mirror->destination, part);
		if (place.directory < 0)
			break;
		if (fstat(place.directory, &status) == 0)
			is_opened |= place_open_up(&place, &status, mirror->uid, 0700);
		close(place.directory);
	} while (path[length] != '\0');
	return is_opened;
}

/* As open_beneath_root(), of the copy, although its owner may have closed it to himself. */
static int open_copy(struct mirror_run *run, const struct pair *pair)
{
	const struct mirror *mirror = run->mirror;
	int directory = open_beneath_root(mirror->destination, pair->path);

	if (directory < 0 && errno == EACCES && !(run->options & RUN_COMPARE)) {
		bool is_opened = open_way(mirror, pair->path);

		errno = EACCES;
		if (is_opened)
			directory = open_beneath_root(mirror->destination, pair->path);
	}
	return directory;
}

static bool open_side(struct mirror_run *run, const struct pair *pair, int *directory, uint32_t row,
                      enum mirror_where where)
{
	*directory = where == AT_DESTINATION ? open_copy(run, pair)
	             : run->options & RUN_AHEAD
	                     ? open_in_mount(run->mirror->source, pair->path)
	                     : open_beneath_root(run->mirror->source, pair->path);
	if (*directory >= 0 || means_absent(errno))
		return true;
	find_failure(run, row, pair->path, CALL_OPEN, errno, where);
	return false;
}

uint64_t directory_identity(const struct mirror *mirror, const struct stat *status)
{
	const uint64_t device = status->st_dev;

	return keyed_hash(&mirror->key, status->st_ino, &device, sizeof(device));
}

static bool read_status(struct mirror_run *run, const struct pair *pair, int directory,
                        struct stat *status, uint32_t row, enum mirror_where where)
{
	if (directory < 0 || fstat(directory, status) == 0)
		return true;
	find_failure(run, row, pair->path, CALL_STAT, errno, where);
	return false;
}

bool pair_open_up(const struct mirror *mirror, const struct pair *pair)
{
	const struct place place = { .descriptor = pair->destination };

	return !(mirror->terms.options & MIRROR_ANY_OWNER) &&
	       place_open_up(&place, &pair->status, mirror->uid, 0300);
}

bool pair_open(struct worker *worker, struct mirror_run *run, struct pair *pair, const char *path,
               size_t length, uint32_t row, bool make)
{
	struct mirror *mirror = run->mirror;

	memcpy(pair->path, path, length);
	pair->path[length] = '\0';
	pair->length = length;
	pair->source = pair->destination = -1;
	atomic_init(&pair->is_late, false);
	pair->inherits = false;
	if (!open_side(run, pair, &pair->source, row, AT_SOURCE) ||
	    !open_side(run, pair, &pair->destination, row, AT_DESTINATION))
		goto failed;
	if (pair->destination < 0 && pair->source >= 0 && make) {
		if (!directory_ensure(worker, run, pair->path, row) ||
		    !open_side(run, pair, &pair->destination, row, AT_DESTINATION))
			goto failed;
	}
	if (!read_status(run, pair, pair->source, &pair->source_status, row, AT_SOURCE) ||
	    !read_status(run, pair, pair->destination, &pair->status, row, AT_DESTINATION))
		goto failed;
	if (pair->destination >= 0) {
		pair->identity = directory_identity(mirror, &pair->status);
		if (make)
			pair_open_up(mirror, pair);
		pair->inherits = fgetxattr(pair->destination, "system.posix_acl_default", NULL, 0) >
		                 0;
	}
	return true;
failed:
	pair_close(pair);
	return false;
}

void pair_close(struct pair *pair)
{
	if (pair->source >= 0)
		close(pair->source);
	if (pair->destination >= 0)
		close(pair->destination);
	pair->source = pair->destination = -1;
}

struct pair *pair_above(struct worker *worker, struct mirror_run *run, const char *path,
                        uint32_t row, bool make, const char **name)
{
	struct pair *pair = grow_array(NULL, 1, sizeof(*pair));
	size_t length = length_above(path, strlen(path));

	*name = path + (length > 0 ? length + 1 : 0);
	if (pair_open(worker, run, pair, path, length, row, make)) {
		if (pair->destination >= 0)
			return pair;
		pair_close(pair);
	}
	free(pair);
	return NULL;
}

void pair_free(struct pair *pair)
{
	if (!pair)
		return;
	pair_close(pair);
	free(pair);
}
