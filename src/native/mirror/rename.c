#include "mirror/rename.h"

#include "mirror/place.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* A directory that is opened up until it has been renamed. */
struct opened {
	struct place place;
	mode_t mode;
	/* -1: it is none, or was open. */
	int held;
};

static struct opened open_up(const struct mirror *mirror, int directory, const char *name)
{
	struct opened opened = { { -1, directory, name }, 0, -1 };
	struct stat status;
	int held = place_hold(&opened.place, &status);

	if (held >= 0 && S_ISDIR(status.st_mode) &&
	    place_open_up(&opened.place, &status, mirror->uid, S_IWUSR)) {
		opened.held = held;
		opened.mode = status.st_mode & 07777;
	} else if (held >= 0) {
		close(held);
	}
	return opened;
}

static void close_again(const struct opened *opened)
{
	if (opened->held < 0)
		return;
	place_set_mode(&opened->place, opened->mode);
	close(opened->held);
}

int rename_to(const struct mirror *mirror, int from, const char *name, int to, const char *as,
              unsigned flags)
{
	int result = renameat2(from, name, to, as, flags), error = errno;
	struct opened one, other = { .held = -1 };

	if (result == 0 || error != EACCES)
		return result;
	one = open_up(mirror, from, name);
	if (flags & RENAME_EXCHANGE)
		other = open_up(mirror, to, as);
	if (one.held >= 0 || other.held >= 0) {
		result = renameat2(from, name, to, as, flags);
		error = errno;
	}
	close_again(&other);
	close_again(&one);
	errno = error;
	return result;
}
