#include "launch/events.h"

#include "launch/failure.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <unistd.h>

/* A group with a mark, or -1 with errno. */
static int mark(const struct place *place, uint32_t flags, uint64_t mask)
{
	const char *path = place->path;
	char link[32];
	int group = fanotify_init(flags | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE);

	if (group < 0)
		return -1;
	if (place_is_open(place)) {
		/* A path is wanted. This one means what is open, which was opened with O_PATH. */
		snprintf(link, sizeof(link), "/proc/self/fd/%u", place->descriptor);
		path = link;
	}
	if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, path) == 0)
		return group;

	int error = errno;
	close(group);
	errno = error;
	return -1;
}

void step_events(struct payload *payload)
{
	uint32_t number = read_u32(payload), flags = read_u32(payload);
	uint64_t mask = read_u64(payload);
	struct place place = read_place(payload);
	int made;

	read_end(payload);
	if (fcntl((int)number, F_GETFD) >= 0)
		fail(EBADMSG, "descriptor %u is in use", number);
	made = mark(&place, flags, mask);
	if (made < 0)
		made = eventfd((unsigned)errno, EFD_CLOEXEC | EFD_NONBLOCK);
	if (made < 0 || (made != (int)number && dup2(made, (int)number) < 0))
		fail(errno, "descriptor %u", number);
	if (made != (int)number)
		close(made);
	else if (fcntl(made, F_SETFD, 0) != 0)
		fail(errno, "descriptor %u", number);
}
