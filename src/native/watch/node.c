#include "watch/node.h"

#include "watch/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int open_node(struct watch *watch, uint32_t id, int flags)
{
	const struct node *node = tree_node(&watch->tree, id);
	char path[PATH_MAX];
	struct stat status;
	int fd;

	if (id == NODE_ROOT) {
		strcpy(path, ".");
	} else if (tree_path(&watch->tree, id, path, sizeof(path)) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = reach_path(&watch->mounts, watch->root, path, flags);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_dev == node->dev && status.st_ino == node->ino)
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

bool node_is_there(struct watch *watch, uint32_t id)
{
	int fd = open_node(watch, id, O_PATH);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

void forget_cached(struct watch *watch)
{
	if (watch->cached_fd >= 0)
		close(watch->cached_fd);
	watch->cached_fd = -1;
	watch->cached_node = NODE_NONE;
}

int open_cached(struct watch *watch, uint32_t id)
{
	if (watch->cached_node == id)
		return watch->cached_fd;
	forget_cached(watch);
	watch->cached_fd = open_node(watch, id, O_PATH);
	if (watch->cached_fd >= 0)
		watch->cached_node = id;
	return watch->cached_fd;
}

void change_key(struct watch *watch, uint32_t id, directory_key key)
{
	directory_key former = tree_node(&watch->tree, id)->key;

	if (former == key)
		return;
	tree_set_key(&watch->tree, id, key);
	if (former != KEY_NONE && tree_by_key(&watch->tree, former) == NODE_NONE)
		watch->source.type->remove(&watch->source, former);
}

bool watch_root(struct watch *watch)
{
	const struct place root = { .parent = NODE_NONE, .path = "" };
	directory_key key = KEY_NONE;

	if (rules_allowed(&watch->rules, ACTION_MONITOR, "")) {
		key = watch->source.type->add(&watch->source, watch->root, watch->root_dev,
		                              INTEREST_ALL);
		if (key == KEY_NONE && errno != ENOSPC)
			return false;
		if (key == KEY_NONE)
			report_unwatched(watch, NODE_ROOT, PROBLEM_WATCH, errno, &root);
		else if (is_silent(&watch->mounts, watch->root_dev))
			report_unwatched(watch, NODE_ROOT, PROBLEM_SILENT, 0, &root);
	}
	change_key(watch, NODE_ROOT, key);
	return true;
}
