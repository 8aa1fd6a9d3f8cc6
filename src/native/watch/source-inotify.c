/* inotify(7): one watch for each directory; the watch descriptor is the key. */
#include "watch/place.h"
#include "watch/queue.h"
#include "watch/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

static int open_inotify(struct source *source, struct granted granted, int root)
{
	(void)root;
	/* This source needs no descriptor. */
	if (granted.events >= 0)
		close(granted.events);
	if (granted.resolver >= 0)
		close(granted.resolver);
	source->fds[0] = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return source->fds[0] < 0 ? errno : 0;
}

static void close_inotify(struct source *source)
{
	if (source->fds[0] >= 0)
		close(source->fds[0]);
}

static directory_key add(struct source *source, int directory, uint64_t device,
                         enum source_interest interest)
{
	char link[32];

	(void)device;
	if (interest == INTEREST_ITSELF)
		return KEY_NONE;

	/*
	 * inotify_add_watch(2) takes only a path. This one names the open directory itself,
	 * whatever its name is by now.
	 */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	return inotify_add_watch(source->fds[0], link, EVENTS | IN_ONLYDIR);
}

static void remove_watch(struct source *source, directory_key key)
{
	inotify_rm_watch(source->fds[0], (int)key);
}

static void parse(struct source *source, size_t from, const uint8_t *bytes, size_t length,
                  struct queue *queue, double now)
{
	struct inotify_event event;
	const char *name;
	long named;

	(void)source;
	(void)from;
	for (size_t offset = 0; length - offset >= sizeof(event);
	     offset += sizeof(event) + event.len) {
		memcpy(&event, bytes + offset, sizeof(event));
		name = (const char *)bytes + offset + sizeof(event);
		if (event.len > length - offset - sizeof(event))
			return;
		named = event_name_length(name, event.len);
		if (event.mask & IN_Q_OVERFLOW)
			queue_overflow(queue, event.mask, now);
		else if (event.wd >= 0 && named >= 0)
			queue_add(queue, event.wd, event.mask, event.cookie, name, (size_t)named,
			          now);
	}
}

const struct source_type SOURCE_INOTIFY = { .name = "inotify",
	                                    .open = open_inotify,
	                                    .close = close_inotify,
	                                    .add = add,
	                                    .remove = remove_watch,
	                                    .parse = parse };
