#include "mirror/names.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

void names_add(struct names *names, struct named named, const char *path)
{
	if (names->count == names->capacity) {
		names->capacity = names->capacity ? names->capacity * 2 : 16;
		names->list = grow_array(names->list, names->capacity, sizeof(*names->list));
	}
	named.length = strlen(path);
	named.path = grow_array(NULL, named.length + 1, 1);
	memcpy(named.path, path, named.length + 1);
	names->list[names->count++] = named;
}

static int compare(const void *one, const void *other)
{
	const struct named *a = one, *b = other;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return strcmp(a->path, b->path);
}

void names_sort(struct names *names)
{
	if (names->count > 0)
		qsort(names->list, names->count, sizeof(*names->list), compare);
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].path);
	free(names->list);
	*names = (struct names){ 0 };
}
