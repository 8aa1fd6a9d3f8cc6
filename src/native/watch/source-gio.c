/*
 * GLib's GFileMonitor (glib/file-monitors.c), loaded from a shared object before the seal, after
 * which no file can be read.
 */
#include "glib/file-monitors.h"
#include "watch/place.h"
#include "watch/queue.h"
#include "watch/source.h"
#include "watch/source-gio.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct gio_functions *functions;
static struct gio *opened;
static int events = -1;

const char *gio_load(const char *path, uint32_t limit)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return dlerror();
	functions = dlsym(library, GIO_FUNCTIONS);
	if (!functions)
		return dlerror();
	opened = functions->open(&events, limit);
	return opened ? NULL : strerror(errno);
}

static int open_gio(struct source *source, struct granted granted, int root)
{
	(void)root;
	/* This source needs no descriptor. */
	if (granted.events >= 0)
		close(granted.events);
	if (granted.resolver >= 0)
		close(granted.resolver);
	if (!opened)
		return ENOSYS;
	source->fds[0] = events;
	source->state = opened;
	events = -1;
	opened = NULL;
	return 0;
}

static void close_gio(struct source *source)
{
	/* Before its thread is waited for, which may wait for a reader. */
	if (source->fds[0] >= 0)
		close(source->fds[0]);
	if (source->state)
		functions->close(source->state);
}

static directory_key add(struct source *source, int directory, uint64_t device,
                         enum source_interest interest)
{
	(void)device;
	return interest == INTEREST_ITSELF ? KEY_NONE : functions->add(source->state, directory);
}

static void remove_watch(struct source *source, directory_key key)
{
	functions->remove(source->state, key);
}

static void mark(struct source *source)
{
	functions->mark(source->state);
}

static void parse(struct source *source, size_t from, const uint8_t *bytes, size_t length,
                  struct queue *queue, double now)
{
	struct gio_event event;

	(void)from;
	if (length < offsetof(struct gio_event, name) || length > sizeof(event))
		return;
	memcpy(&event, bytes, length);
	if (event.mask == 0)
		source->marked = true;
	else if (event.mask & IN_Q_OVERFLOW)
		queue_overflow(queue, event.mask, now);
	else if (event.length == length - offsetof(struct gio_event, name))
		queue_add(queue, event.key, event.mask, event.cookie, event.name, event.length,
		          now);
}

const struct source_type SOURCE_GIO = { .name = "gio",
	                                .merges = true,
	                                .guesses = true,
	                                .open = open_gio,
	                                .close = close_gio,
	                                .add = add,
	                                .remove = remove_watch,
	                                .mark = mark,
	                                .parse = parse };
