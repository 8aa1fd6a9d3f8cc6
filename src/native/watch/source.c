#include "watch/source.h"

#include <string.h>
#include <sys/ioctl.h>

static const struct source_type *const TYPES[] = { &SOURCE_INOTIFY, &SOURCE_FANOTIFY, &SOURCE_GIO };

const struct source_type *source_named(const char *name)
{
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (strcmp(TYPES[i]->name, name) == 0)
			return TYPES[i];
	return NULL;
}

int source_open(struct source *source, const struct source_type *type, struct granted granted,
                int root)
{
	int error;

	*source = (struct source){ .type = type, .fds = { -1, -1 } };
	error = type->open(source, granted, root);
	if (error)
		source_close(source);
	return error;
}

void source_close(struct source *source)
{
	source->type->close(source);
	source->fds[0] = source->fds[1] = -1;
	source->state = NULL;
}

bool source_is_idle(const struct source *source)
{
	for (size_t i = 0; i < SOURCE_FDS; i++) {
		int waiting = 0;

		if (source->fds[i] >= 0 &&
		    (ioctl(source->fds[i], FIONREAD, &waiting) != 0 || waiting != 0))
			return false;
	}
	return true;
}
