#include "watch/directory.h"

#include "watch/limbo.h"
#include "watch/node.h"
#include "watch/report.h"
#include "watch/unused.h"

#include <errno.h>
#include <fcntl.h>

/*
 * The node of the directory at this place, if it was there already or has been moved there: one
 * with the directory's key or, if it has no key, with its place and inode. A node that is still at
 * its own place does not count: then the directory is in the tree twice.
 */
static uint32_t recognise(struct watch *watch, const struct place *place, directory_key key,
                          uint32_t there, const struct stat *status)
{
	struct tree *tree = &watch->tree;
	const struct node *node = there == NODE_NONE ? NULL : tree_node(tree, there);
	uint32_t moved = NODE_NONE;

	if (node && (key == KEY_NONE || !key_is_watched(node->key)
	                     ? node->dev == status->st_dev && node->ino == status->st_ino
	                     : node->key == key))
		return there;
	for (uint32_t id = tree_by_key(tree, key); id != NODE_NONE;
	     id = tree_next_by_key(tree, id)) {
		if (tree_is_attached(tree, id) && node_is_there(watch, id))
			continue;
		if (moved == NODE_NONE || tree_is_within(tree, place->parent, moved))
			moved = id;
	}
	return moved;
}

static void leave(struct watch *watch, const struct place *place)
{
	uint32_t there = tree_child(&watch->tree, place->parent, place->name, place->name_length);

	if (there != NODE_NONE)
		tree_detach(&watch->tree, there);
}

static enum directory_state enter(struct watch *watch, const struct place *place, directory_key key,
                                  struct directory *directory)
{
	struct tree *tree = &watch->tree;
	uint32_t there = tree_child(tree, place->parent, place->name, place->name_length);
	uint32_t known = recognise(watch, place, key, there, &directory->status);

	if (known != NODE_NONE && known == there) {
		directory->node = known;
		return DIRECTORY_KNOWN;
	}
	if (known != NODE_NONE && tree_is_within(tree, place->parent, known))
		return DIRECTORY_UNDECIDED;
	if (there != NODE_NONE)
		watch_detach(watch, there);
	if (known != NODE_NONE) {
		if (watch->options & WATCH_GONE && tree_is_attached(tree, known))
			report_gone(watch, known, false);
		tree_move(tree, known, place->parent, place->name, place->name_length);
		directory->node = known;
		return DIRECTORY_MOVED;
	}
	directory->node = tree_add(tree, place->parent, place->name, place->name_length,
	                           directory->status.st_dev, directory->status.st_ino);
	tree_set_key(tree, directory->node, key);
	return DIRECTORY_NEW;
}

/* Opens it for listing, unless it is a leaf; false with errno. */
static bool open_directory(struct watch *watch, const struct place *place, unsigned options,
                           struct directory *directory)
{
	directory->fd = reach_directory(&watch->mounts, place->fd, place->name, &directory->status);
	if (directory->fd < 0)
		return false;
	directory->leaf = options & FIND_LEAVES && directory->actions & ACTION_MONITOR &&
	                  is_leaf(&watch->mounts, &directory->status);
	if (!directory->leaf && !(options & FIND_PLACE))
		directory->fd = open_reached(directory->fd, O_RDONLY | O_NONBLOCK);
	return directory->fd >= 0;
}

/*
 * Watches the directory; sets `error` if it got no watch. False with errno when it turns out to be
 * no leaf and cannot be opened for listing.
 */
static bool add_watch(struct watch *watch, struct directory *directory, directory_key *key,
                      int *error)
{
	struct stat status;

	*key = watch->source.type->add(&watch->source, directory->fd, directory->status.st_dev,
	                               INTEREST_ALL);
	*error = *key == KEY_NONE ? errno : 0;
	/* A directory that was made in it before it was watched has no event. */
	if (!directory->leaf ||
	    (!*error && fstat(directory->fd, &status) == 0 && is_leaf(&watch->mounts, &status)))
		return true;
	directory->leaf = false;
	directory->fd = open_reached(directory->fd, O_RDONLY | O_NONBLOCK);
	return directory->fd >= 0;
}

/* The directory at a place could not be opened: errno. */
static enum directory_state not_opened(struct watch *watch, const struct place *place,
                                       struct directory *directory)
{
	directory->foreign = errno == EREMOTE;
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return DIRECTORY_UNDECIDED;
	/* Else it has left, or is no directory by now: an event says so. */
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && !directory->foreign)
		report_problem(watch, PROBLEM_OPEN, errno, place);
	leave(watch, place);
	return DIRECTORY_NONE;
}

/*
 * Whether a directory is not watched by itself, but what is in the one above is: changes of its
 * attributes are among that.
 */
static bool hears_attributes(const struct watch *watch, const struct place *place,
                             const struct directory *directory)
{
	return !(directory->actions & ACTION_MONITOR) && directory->actions & ACTION_SYNC &&
	       key_is_watched(tree_node(&watch->tree, place->parent)->key);
}

enum directory_state find_directory(struct watch *watch, const struct place *place,
                                    unsigned options, struct directory *directory)
{
	enum directory_state found;
	directory_key key = KEY_NONE;
	int error = 0;

	*directory = (struct directory){
		.node = NODE_NONE,
		.fd = -1,
		.actions = rules_allowed(&watch->rules, ACTIONS_OF_DIRECTORY, place->path)
	};
	if (!open_directory(watch, place, options, directory))
		return not_opened(watch, place, directory);
	directory->mount_point = watch->options & WATCH_ONE_FILE_SYSTEM &&
	                         directory->status.st_dev != watch->root_dev;
	if (options & FIND_PLACE && directory->status.st_dev != watch->root_dev) {
		directory->mount_point = true;
		return DIRECTORY_NONE;
	}
	if (directory->mount_point || !(directory->actions || options & FIND_IGNORE_RULES)) {
		leave(watch, place);
		return DIRECTORY_NONE;
	}
	if (directory->actions & ACTION_MONITOR && !add_watch(watch, directory, &key, &error))
		return not_opened(watch, place, directory);
	found = enter(watch, place, key, directory);
	if (directory->node == NODE_NONE)
		return found;
	if (hears_attributes(watch, place, directory))
		key = watch->source.type->add(&watch->source, directory->fd,
		                              directory->status.st_dev, INTEREST_ITSELF);
	if (error)
		report_unwatched(watch, directory->node, PROBLEM_WATCH, error, place);
	else if (key != KEY_NONE && is_silent(&watch->mounts, directory->status.st_dev))
		report_unwatched(watch, directory->node, PROBLEM_SILENT, 0, place);
	tree_node(&watch->tree, directory->node)->flags |= NODE_SEEN;
	unused_not(watch, directory->node);
	/* The rules have changed, or a lost watch has been regained. */
	if (found == DIRECTORY_KNOWN || !key_is_watched(key))
		change_key(watch, directory->node, key);
	return found;
}
