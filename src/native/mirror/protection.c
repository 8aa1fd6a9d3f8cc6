#include "mirror/protection.h"

#include "common/bytes.h"
#include "watch/action.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void paths_decode(struct paths *paths, const uint8_t *bytes, size_t length)
{
	size_t count = 0;

	paths->bytes = grow_array(NULL, length + 1, 1);
	memcpy(paths->bytes, bytes, length);
	paths->bytes[length] = '\0';
	for (size_t at = 0; at < length; at += strlen(paths->bytes + at) + 1)
		count++;
	paths->list = grow_array(NULL, count + 1, sizeof(*paths->list));
	paths->count = 0;
	for (size_t at = 0; at < length; at += strlen(paths->bytes + at) + 1)
		paths->list[paths->count++] = paths->bytes + at;
}

void paths_free(struct paths *paths)
{
	free(paths->bytes);
	free(paths->list);
}

static int compare_paths(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool has(const struct paths *paths, const char *path)
{
	return paths->count > 0 &&
	       bsearch(path, paths->list, paths->count, sizeof(*paths->list), compare_paths);
}

bool protects_anything(const struct protection *protection)
{
	return protection->skipped.count > 0 || protection->contents.count > 0 ||
	       (protection->rules && protection->rules->count > 0);
}

bool is_protected(const struct protection *protection, const char *path, bool is_directory)
{
	return has(&protection->skipped, path) ||
	       (protection->rules &&
	        !rules_allowed(protection->rules,
	                       is_directory ? ACTION_SYNC | ACTION_WALK : ACTION_FILE, path));
}

bool is_content_protected(const struct protection *protection, const char *path)
{
	return has(&protection->contents, path) ||
	       (protection->rules && !rules_allowed(protection->rules, ACTION_WALK, path));
}

bool is_beneath_protected(const struct protection *protection, const char *path)
{
	char above[PATH_MAX];

	if (!protects_anything(protection))
		return false;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);

		if (length >= sizeof(above))
			return false;
		memcpy(above, path, length);
		above[length] = '\0';
		if (is_protected(protection, above, true) ||
		    is_content_protected(protection, above))
			return true;
	}
	return is_content_protected(protection, "");
}
