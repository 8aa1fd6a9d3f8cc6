/* inotify(7): one watch for each directory; the watch descriptor is the key. */
#include "watch/queue.h"
#include "watch/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

static int open_inotify(struct source *source, int granted)
{
	/* This source needs no descriptor. */
	if (granted >= 0)
		close(granted);
	source->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return source->fd < 0 ? errno : 0;
}

static directory_key add(struct source *source, int directory)
{
	char link[32];

	/*
	 * inotify_add_watch(2) takes only a path. This one names the open directory itself,
	 * whatever its name is by now.
	 */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	return inotify_add_watch(source->fd, link, EVENTS | IN_ONLYDIR);
}

static void remove_watch(struct source *source, directory_key key)
{
	inotify_rm_watch(source->fd, (int)key);
}

/*
 * The length of a name; -1 if it is `.` or `..`, is too long or has a slash. The kernel reports
 * none of these; the check makes sure that a name stays within its directory.
 */
static long name_length(const char *name, size_t room)
{
	size_t length = strnlen(name, room);

	if (length > NAME_MAX || memchr(name, '/', length) || (length == 1 && name[0] == '.') ||
	    (length == 2 && memcmp(name, "..", 2) == 0))
		return -1;
	return (long)length;
}

static void parse(struct source *source, const uint8_t *bytes, size_t length, struct queue *queue,
                  double now)
{
	struct inotify_event event;
	const char *name;
	long named;

	(void)source;
	for (size_t offset = 0; length - offset >= sizeof(event);
	     offset += sizeof(event) + event.len) {
		memcpy(&event, bytes + offset, sizeof(event));
		name = (const char *)bytes + offset + sizeof(event);
		if (event.len > length - offset - sizeof(event))
			return;
		named = name_length(name, event.len);
		if (event.mask & IN_Q_OVERFLOW)
			queue_overflow(queue, event.mask, now);
		else if (event.wd >= 0 && named >= 0)
			queue_add(queue, event.wd, event.mask, event.cookie, name, (size_t)named,
			          now);
	}
}

static bool idle(const struct source *source)
{
	int waiting = 0;

	return ioctl(source->fd, FIONREAD, &waiting) == 0 && waiting == 0;
}

const struct source_type SOURCE_INOTIFY = { .name = "inotify",
	                                    .open = open_inotify,
	                                    .add = add,
	                                    .remove = remove_watch,
	                                    .parse = parse,
	                                    .idle = idle };
