#include "watch/source.h"

#include <string.h>
#include <unistd.h>

static const struct source_type *const TYPES[] = { &SOURCE_INOTIFY };

const struct source_type *source_named(const char *name)
{
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (strcmp(TYPES[i]->name, name) == 0)
			return TYPES[i];
	return NULL;
}

int source_open(struct source *source, const struct source_type *type, int granted)
{
	*source = (struct source){ .type = type, .fd = -1 };
	return type->open(source, granted);
}

void source_close(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}
