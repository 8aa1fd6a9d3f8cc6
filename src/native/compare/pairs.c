#include "compare/pairs.h"

#include <string.h>

void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent)
{
	struct directory_pair pair = { .path = grow_array(NULL, length + 1, 1),
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
