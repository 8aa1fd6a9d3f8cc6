#include "monitor/places.h"

#include "monitor/frozen.h"
#include "monitor/look.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whom the user has accepted as owner since, by place; the frozen owner at first. */
static uint32_t owners[PLACES_MAX];
static bool accepted;
/* The user has accepted them, and a file system did not answer when they were looked at. */
static bool accepting;

bool places_may_own(uint32_t user, uint32_t owner)
{
	for (uint32_t i = 0; i < frozen->owner_count; i++)
		if (frozen->owners[i] == user)
			return true;
	return user == owner;
}

/* Returns 0 or errno. */
static int check(const struct seen *seen, uint32_t number)
{
	const struct frozen_place *place = &frozen->places[number];
	const uint32_t owner = accepted ? owners[number] : place->owner;

	if (seen->error != 0)
		return seen->error;
	if (S_ISDIR(seen->mode) != ((place->flags & PLACE_DIRECTORY) != 0))
		return ENOTDIR;
	return (place->flags & PLACE_OF_ANYONE) != 0 || places_may_own(seen->owner, owner) ? 0
	                                                                                   : EPERM;
}

static void accept_seen(const struct seen *seen)
{
	for (uint32_t i = 0; i < frozen->place_count; i++) {
		if (!accepted)
			owners[i] = frozen->places[i].owner;
		if (seen[i].error == 0)
			owners[i] = seen[i].owner;
	}
	accepted = true;
	accepting = false;
}

int places_open(const bool *needed, int *descriptors)
{
	struct seen seen[PLACES_MAX];
	int error = look_places(needed, descriptors, seen);

	if (error != 0)
		return error == LOOK_WAITS ? ETIMEDOUT : error;
	if (accepting)
		accept_seen(seen);
	for (uint32_t i = 0; error == 0 && i < frozen->place_count; i++)
		error = needed[i] ? check(&seen[i], i) : 0;
	if (error != 0)
		places_close(descriptors);
	return error;
}

void places_close(const int *descriptors)
{
	for (uint32_t i = 0; i < frozen->place_count; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}

void places_accept(void)
{
	bool all[PLACES_MAX];
	int descriptors[PLACES_MAX];
	struct seen seen[PLACES_MAX];

	accepting = true;
	memset(all, true, sizeof(all));
	if (look_places(all, descriptors, seen) != 0)
		return;
	places_close(descriptors);
	accept_seen(seen);
}
