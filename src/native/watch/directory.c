/* Finding directories: opened by descriptor, watched, and recognised when they have been moved. */
#include "watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

int open_node(struct watch *watch, uint32_t id, int flags)
{
	const struct node *node = tree_node(&watch->tree, id);
	struct open_how how = { .flags = (uint64_t)(O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | flags),
		                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	char path[PATH_MAX];
	struct stat status;
	int fd, error;

	if (tree_path(&watch->tree, id, path, sizeof(path)) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = (int)syscall(SYS_openat2, watch->root, id == NODE_ROOT ? "." : path, &how,
	                  sizeof(how));
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_dev == node->dev && status.st_ino == node->ino)
		return fd;
	error = ENOENT;
	close(fd);
	errno = error;
	return -1;
}

static int add_watch(struct watch *watch, int fd)
{
	char link[32];

	/*
	 * inotify(7) takes a path only; this one leads to the open directory itself, whatever its
	 * name is by now.
	 */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return inotify_add_watch(watch->inotify, link, EVENTS | IN_ONLYDIR);
}

static bool stands_where_it_should(struct watch *watch, uint32_t id)
{
	int fd = open_node(watch, id, O_PATH);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/*
 * The node that is at the place already or has been moved there: one with the directory's watch or,
 * where it has none, with its place and inode. A node that is in its own place is none: then the
 * directory is in the tree twice.
 */
static uint32_t recognise(struct watch *watch, const struct place *place, int wd, uint32_t there,
                          const struct stat *status)
{
	struct tree *tree = &watch->tree;
	const struct node *node = there == NODE_NONE ? NULL : tree_node(tree, there);
	uint32_t moved = NODE_NONE;

	if (node &&
	    (wd < 0 || node->wd < 0 ? node->dev == status->st_dev && node->ino == status->st_ino
	                            : node->wd == wd))
		return there;
	for (uint32_t id = tree_by_wd(tree, wd); id != NODE_NONE; id = tree_next_by_wd(tree, id)) {
		if (tree_is_attached(tree, id) && stands_where_it_should(watch, id))
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

static enum found enter(struct watch *watch, const struct place *place, int wd,
                        struct directory *directory)
{
	struct tree *tree = &watch->tree;
	uint32_t there = tree_child(tree, place->parent, place->name, place->name_length);
	uint32_t known = recognise(watch, place, wd, there, &directory->status);

	if (known != NODE_NONE && known == there) {
		directory->node = known;
		return FOUND_KNOWN;
	}
	if (known != NODE_NONE && tree_is_within(tree, place->parent, known))
		return FOUND_LATER;
	if (there != NODE_NONE)
		watch_detach(watch, there);
	if (known != NODE_NONE) {
		if (watch->options & WATCH_GONE && tree_is_attached(tree, known))
			report_gone(watch, known, false);
		tree_move(tree, known, place->parent, place->name, place->name_length);
		directory->node = known;
		return FOUND_MOVED;
	}
	directory->node = tree_add(tree, place->parent, place->name, place->name_length,
	                           directory->status.st_dev, directory->status.st_ino);
	tree_set_wd(tree, directory->node, wd);
	return FOUND_NEW;
}

void release_watch(struct watch *watch, uint32_t id)
{
	int32_t wd = tree_node(&watch->tree, id)->wd;

	tree_set_wd(&watch->tree, id, -1);
	if (wd >= 0 && tree_by_wd(&watch->tree, wd) == NODE_NONE)
		inotify_rm_watch(watch->inotify, wd);
}

/* After the rules have changed, or a lost watch has been regained. */
static void change_watch(struct watch *watch, uint32_t id, int wd)
{
	if (tree_node(&watch->tree, id)->wd == wd)
		return;
	release_watch(watch, id);
	tree_set_wd(&watch->tree, id, wd);
}

enum found find_directory(struct watch *watch, const struct place *place, bool ignore_rules,
                          struct directory *directory)
{
	enum found found;
	int wd = -1;

	*directory = (struct directory){
		.node = NODE_NONE,
		.fd = -1,
		.actions = rules_allowed(&watch->rules, ACTIONS_OF_DIRECTORY, place->path)
	};
	directory->fd = openat(place->fd, place->name,
	                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (directory->fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			return FOUND_LATER;
		if (errno == EACCES || errno == EPERM)
			report_problem(watch, PROBLEM_OPEN, errno, place);
		leave(watch, place);
		return FOUND_NOTHING_TO_ENTER;
	}
	if (fstat(directory->fd, &directory->status) != 0)
		return FOUND_LATER;
	directory->mount_point = watch->options & WATCH_ONE_FILE_SYSTEM &&
	                         directory->status.st_dev != watch->root_dev;
	if (directory->mount_point || !(directory->actions || ignore_rules)) {
		leave(watch, place);
		return FOUND_NOTHING_TO_ENTER;
	}
	if (directory->actions & ACTION_MONITOR) {
		wd = add_watch(watch, directory->fd);
		if (wd < 0) {
			report_problem(watch, PROBLEM_WATCH, errno, place);
		}
	}
	found = enter(watch, place, wd, directory);
	if (directory->node == NODE_NONE)
		return found;
	tree_node(&watch->tree, directory->node)->stamp = watch->stamps;
	if (found == FOUND_KNOWN)
		change_watch(watch, directory->node, wd);
	return found;
}

bool watch_root(struct watch *watch)
{
	int wd = -1;

	if (rules_allowed(&watch->rules, ACTION_MONITOR, "")) {
		wd = add_watch(watch, watch->root);
		if (wd < 0)
			return false;
	}
	change_watch(watch, NODE_ROOT, wd);
	return true;
}

bool watch_init(struct watch *watch, int root, int inotify, uint32_t options,
                uint32_t signature_fields)
{
	struct stat status;

	*watch = (struct watch){ .root = root,
		                 .inotify = inotify,
		                 .options = options,
		                 .signature_fields = signature_fields,
		                 .cached_node = NODE_NONE,
		                 .cached_fd = -1,
		                 .walk.fd = -1 };
	if (fstat(root, &status) != 0)
		return false;
	watch->root_dev = status.st_dev;
	tree_init(&watch->tree, status.st_dev, status.st_ino);
	return true;
}

void watch_free(struct watch *watch)
{
	walk_free(&watch->walk);
	close(watch->root);
	tree_free(&watch->tree);
	rules_free(&watch->rules);
	rules_free(&watch->previous_rules);
	bytes_free(&watch->events);
	bytes_free(&watch->findings);
	bytes_free(&watch->concerned);
	free(watch->search.inodes);
}
