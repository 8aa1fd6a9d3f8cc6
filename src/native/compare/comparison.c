#include "compare/comparison.h"

#include "compare/entry.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static bool next_pair(struct comparison *comparison)
{
	uint32_t options = comparison->terms.options;
	struct stat status;

	if (comparison->count == 0)
		return false;
	comparison->pair = comparison->pairs[--comparison->count];
	comparison->here = open_beneath(comparison->source, comparison->pair.path);
	if (comparison->here < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
		/* It exists, but is not accessible. */
		close_pair(comparison);
		return true;
	}
	if (comparison->here >= 0 && fstat(comparison->here, &status) == 0) {
		if (options & COMPARE_ONE_FILE_SYSTEM && status.st_dev != comparison->device) {
			close_pair(comparison);
			return true;
		}
		if (options & COMPARE_DOUBTFUL && !(comparison->pair.extent & EXTENT_SUSPECT) &&
		    came_later(comparison, &status)) {
			comparison->pair.extent |= EXTENT_SUSPECT;
			report_difference(comparison, DIFFERENCE_SUSPECT, comparison->pair.path,
			                  true, 1);
		}
	}
	comparison->at = comparison->length = 0;
	comparison->listed = comparison->here;
	return true;
}

/* Continues with the directory in the copy, or ends the pair. */
static void next_side(struct comparison *comparison)
{
	bool both = comparison->listed == comparison->here &&
	            comparison->terms.options & COMPARE_EXTRA && copy_directory(comparison) >= 0;

	comparison->at = comparison->length = 0;
	comparison->listed = both ? comparison->there : -1;
	if (!both)
		close_pair(comparison);
}

/* Continues the listing; returns how many entries it handled. */
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
