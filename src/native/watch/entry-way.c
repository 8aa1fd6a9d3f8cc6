#include "watch/entry-way.h"

#include "watch/directory.h"
#include "watch/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How often a directory may be elsewhere when the watcher comes to where it was. */
#define TRIES 3

enum way {
	WAY_FOUND,
	/* It is not there, or another one. */
	WAY_LOST,
	/* The rules, or a mount, keep the watch from it. */
	WAY_CLOSED,
	/* A directory on the way was reported as displaced. */
	WAY_UNDECIDED,
};

/* Goes from the directory of a place to the one that stands there, and sets `next` to its node. */
static enum way step(struct watch *watch, struct place *place, bool last, uint32_t *next)
{
	struct directory directory;
	enum directory_state found = find_directory(watch, place, FIND_PLACE, &directory);

	if (place->fd != watch->root)
		close(place->fd);
	place->fd = directory.fd;
	if (found == DIRECTORY_UNDECIDED) {
		report_displaced(watch, place->parent);
		return WAY_UNDECIDED;
	}
	if (directory.foreign || directory.mount_point || !directory.actions)
		return WAY_CLOSED;
	if (found == DIRECTORY_NONE)
		return WAY_LOST;
	*next = directory.node;
	return last || directory.actions & ACTION_WALK ? WAY_FOUND : WAY_CLOSED;
}

/*
 * Enters all directories on the way to a path, ended by NUL, and sets `node` to the last one that
 * it came to.
 */
static enum way enter(struct watch *watch, const char *path, uint32_t *node)
{
	struct place place = { .fd = watch->root, .path = path };
	enum way way = WAY_FOUND;
	char above[PATH_MAX];

	*node = NODE_ROOT;
	for (const char *name = path; *name && way == WAY_FOUND;) {
		const char *end = strchrnul(name, '/');

		/* Rules and findings have the path as far as it was gone. */
		place.path_length = (size_t)(end - path);
		memcpy(above, path, place.path_length);
		above[place.path_length] = '\0';
		place.path = above;
		place.name_length = (size_t)(end - name);
		place.name = above + (name - path);
		place.parent = *node;
		if (event_name_length(place.name, place.name_length) <= 0)
			way = WAY_LOST;
		else
			way = step(watch, &place, !*end, node);
		name = *end ? end + 1 : end;
	}
	if (place.fd >= 0 && place.fd != watch->root)
		close(place.fd);
	return way;
}

uint32_t enter_path(struct watch *watch, const char *path, size_t length)
{
	char copy[PATH_MAX];
	uint32_t node;

	if (length >= sizeof(copy))
		return NODE_NONE;
	memcpy(copy, path, length);
	copy[length] = '\0';
	return enter(watch, copy, &node) == WAY_FOUND ? node : NODE_NONE;
}

/* One try to enter the directory with the key, which is at the path. */
static enum way enter_key(struct watch *watch, directory_key key, const char *path, uint32_t *node)
{
	enum way way = enter(watch, path, node);
	directory_key there = tree_node(&watch->tree, *node)->key;

	if (way != WAY_FOUND || there == key || there == (key | KEY_OF_ITSELF))
		return way;
	return there == KEY_NONE ? WAY_CLOSED : WAY_LOST;
}

void enter_handle(struct watch *watch, const struct event *handle)
{
	const struct source_type *type = watch->source.type;
	uint32_t node = NODE_ROOT;
	char path[PATH_MAX];

	for (int tries = 0; tries < TRIES; tries++) {
		enum way way;

		/* An event before this one may have entered it; or it left the tree, and comes
		 * back. */
		if (tree_by_key(&watch->tree, handle->key) != NODE_NONE)
			return;
		switch (type->where(&watch->source, handle, path)) {
		case WHERE_BENEATH:
			way = enter_key(watch, handle->key, path, &node);
			if (way == WAY_CLOSED)
				type->ignore(&watch->source, handle->key);
			if (way != WAY_LOST)
				return;
			break;
		case WHERE_GONE:
			/* The event of its removal is in the directory above. */
			return;
		case WHERE_OUTSIDE:
		case WHERE_TOO_LONG:
			type->ignore(&watch->source, handle->key);
			return;
		case WHERE_NOBODY:
			report(watch, FOUND_NOBODY, "", 0);
			return;
		case WHERE_UNKNOWN:
			report_displaced(watch, NODE_ROOT);
			return;
		}
	}
	report_displaced(watch, node);
}
