/* Walking: every directory is watched before it is listed, in steps, so that events can be looked at in between. */
#include "watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Directories kept open between being found and being listed; the others are opened once more. */
#define KEPT_OPEN 64u

static void push(struct walk *walk, uint32_t node, int fd, bool closed)
{
	if (walk->count == walk->capacity) {
		walk->capacity = walk->capacity ? walk->capacity * 2 : 256;
		walk->steps = grow_array(walk->steps, walk->capacity, sizeof(struct step));
	}
	if (fd >= 0 && walk->open >= KEPT_OPEN) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		walk->open++;
	walk->steps[walk->count++] = (struct step){ .node = node, .fd = fd, .closed = closed };
}

static void report_found(struct watch *watch, enum finding_kind kind, const struct place *place, uint32_t target, const struct stat *status)
{
	struct finding *finding = report(watch, kind, place->path, place->path_length);

	finding->node = place->parent;
	finding->target = target;
	if (status)
		report_object(watch, finding, status);
}

/* The root, which no listing holds, comes first of all objects. */
static void report_root(struct watch *watch)
{
	const struct place place = { .parent = NODE_NONE, .path = "" };
	struct stat status;

	if ((watch->walk.options & WALK_IGNORE_RULES || rules_allowed(&watch->rules, ACTION_SYNC, "")) && fstat(watch->root, &status) == 0)
		report_found(watch, FOUND_OBJECT, &place, NODE_ROOT, &status);
}

void walk_begin(struct watch *watch, uint32_t node, uint32_t options)
{
	watch->walk.active = true;
	watch->walk.top = node;
	watch->walk.options = options;
	if (node == NODE_ROOT && options & WALK_OBJECTS)
		report_root(watch);
	push(&watch->walk, node, -1, false);
}

/* After a change of the rules: whether what is here was and is (any of `wanted`) allowed. */
static void report_change(struct watch *watch, const struct place *place, uint8_t wanted, uint32_t target, const struct stat *status)
{
	bool before = rules_allowed(&watch->previous_rules, wanted, place->path);
	bool now = rules_allowed(&watch->rules, wanted, place->path);

	if (before != now)
		report_found(watch, now ? FOUND_ADMITTED : FOUND_REFUSED, place, target, now ? status : NULL);
}

static void visit_directory(struct watch *watch, const struct place *place)
{
	uint32_t options = watch->walk.options;
	bool ignore_rules = options & WALK_IGNORE_RULES, changed_rules = options & WALK_CHANGED_RULES, refused, closed;
	struct directory directory;
	enum found found = find_directory(watch, place, ignore_rules, &directory);
	bool enter = (directory.actions & ACTION_WALK || ignore_rules) && found != FOUND_NOTHING_TO_ENTER;

	if (found == FOUND_LATER) {
		report(watch, FOUND_DISPLACED, "", 0)->target = place->parent;
		enter = false;
	} else if (directory.fd >= 0) {
		refused = directory.mount_point ? watch->options & WATCH_EXCLUDE_MOUNT_POINTS : !directory.actions && !ignore_rules;
		if (changed_rules)
			report_change(watch, place, ACTIONS_OF_DIRECTORY, directory.node, &directory.status);
		else if (refused && watch->options & WATCH_REFUSED)
			report_found(watch, FOUND_REFUSED, place, NODE_NONE, NULL);
		else if (!refused && options & WALK_OBJECTS && (directory.actions & ACTION_SYNC || ignore_rules))
			report_found(watch, FOUND_OBJECT, place, directory.node, &directory.status);
	}
	closed = found != FOUND_LATER && directory.node != NODE_NONE && !enter && !changed_rules && watch->options & WATCH_REFUSED;
	/* A directory that was not entered before is walked as a new one by itself. */
	if (closed || (enter && (!changed_rules || rules_allowed(&watch->previous_rules, ACTION_WALK, place->path))))
		push(&watch->walk, directory.node, directory.fd, closed);
	else if (directory.fd >= 0)
		close(directory.fd);
}

static void visit_other(struct watch *watch, const struct place *place, const struct stat *known)
{
	uint32_t options = watch->walk.options;
	bool objects = options & WALK_OBJECTS, allowed;
	struct stat status;

	if (options & WALK_CHANGED_RULES) {
		if (known || fstatat(place->fd, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
			report_change(watch, place, ACTION_FILE, NODE_NONE, known ? known : &status);
		return;
	}
	allowed = options & WALK_IGNORE_RULES || rules_allowed(&watch->rules, ACTION_FILE, place->path);
	if (!allowed) {
		if (watch->options & WATCH_REFUSED)
			report_found(watch, FOUND_REFUSED, place, NODE_NONE, NULL);
		return;
	}
	if (!objects && !(watch->options & WATCH_LINKS))
		return;
	if (!known) {
		/* What has vanished since, or become a directory, has an event of its own. */
		if (fstatat(place->fd, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(status.st_mode))
			return;
		known = &status;
	}
	if (objects)
		report_found(watch, FOUND_OBJECT, place, NODE_NONE, known);
	else if (known->st_nlink > 1)
		report_found(watch, FOUND_LINK, place, NODE_NONE, known);
}

static void visit(struct watch *watch, const struct dirent64 *entry, char *path, size_t length)
{
	struct place place = { .parent = watch->walk.node, .fd = watch->walk.fd, .name = entry->d_name,
			       .name_length = strlen(entry->d_name), .path = path };
	struct stat status, *known = NULL;
	bool directory = entry->d_type == DT_DIR;

	if (!append_name(path, length, place.name, place.name_length, &place.path_length)) {
		place.path_length = length;
		report_problem(watch, PROBLEM_PATH_TOO_LONG, 0, &place);
		return;
	}
	if (watch->walk.closed) {
		report_found(watch, FOUND_REFUSED, &place, NODE_NONE, NULL);
		return;
	}
	if (entry->d_type == DT_UNKNOWN) {
		if (fstatat(place.fd, place.name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			return;
		directory = S_ISDIR(status.st_mode);
		known = &status;
	}
	if (directory)
		visit_directory(watch, &place);
	else
		visit_other(watch, &place, known);
}

static bool next_directory(struct watch *watch)
{
	struct walk *walk = &watch->walk;

	while (walk->count > 0) {
		struct step step = walk->steps[--walk->count];

		if (step.fd >= 0)
			walk->open--;
		if (!tree_is_attached(&watch->tree, step.node)) {
			if (step.fd >= 0)
				close(step.fd);
			continue;
		}
		walk->fd = step.fd >= 0 ? step.fd : open_node(watch, step.node, O_RDONLY | O_NONBLOCK);
		if (walk->fd < 0) {
			report(watch, FOUND_DISPLACED, "", 0)->target = step.node;
			continue;
		}
		walk->node = step.node;
		walk->closed = step.closed;
		walk->stamp = ++watch->stamps;
		walk->at = walk->length = 0;
		return true;
	}
	return false;
}

/* Whatever the table has below this directory and the listing has not seen is no longer there. */
static void end_directory(struct watch *watch)
{
	struct tree *tree = &watch->tree;
	uint32_t child = tree_node(tree, watch->walk.node)->child;

	while (child != NODE_NONE) {
		uint32_t next = tree_node(tree, child)->next;

		if (tree_node(tree, child)->stamp != watch->walk.stamp)
			tree_detach(tree, child);
		child = next;
	}
	close(watch->walk.fd);
	watch->walk.fd = -1;
}

/* Goes on with the directory being listed; returns how many entries it visited. */
static uint32_t list(struct watch *watch, uint32_t budget)
{
	struct walk *walk = &watch->walk;
	char path[PATH_MAX];
	long length = tree_path(&watch->tree, walk->node, path, sizeof(path));
	uint32_t visited = 0;

	while (length >= 0 && visited < budget) {
		const struct dirent64 *entry = (const struct dirent64 *)(const void *)(walk->entries + walk->at);

		if (walk->at == walk->length) {
			long got = syscall(SYS_getdents64, walk->fd, walk->entries, sizeof(walk->entries));

			if (got <= 0)
				break;
			walk->at = 0;
			walk->length = (size_t)got;
			continue;
		}
		walk->at += entry->d_reclen;
		visited++;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			visit(watch, entry, path, (size_t)length);
	}
	if (length < 0 || visited < budget)
		end_directory(watch);
	return visited;
}

static void report_walked(struct watch *watch)
{
	char path[PATH_MAX];
	long length = tree_path(&watch->tree, watch->walk.top, path, sizeof(path));

	report(watch, FOUND_WALKED, path, length < 0 ? 0 : (size_t)length)->target = length < 0 ? NODE_NONE : watch->walk.top;
}

bool walk_step(struct watch *watch, uint32_t budget)
{
	struct walk *walk = &watch->walk;

	while (walk->active && budget > 0) {
		uint32_t visited;

		if (walk->fd < 0 && !next_directory(watch)) {
			walk->active = false;
			report_walked(watch);
			break;
		}
		visited = list(watch, budget) + 1; /* Opening a directory counts, too. */
		budget -= visited < budget ? visited : budget;
	}
	return walk->active;
}

enum revisit watch_revisit(struct watch *watch, uint32_t id)
{
	int fd;

	if (!tree_node(&watch->tree, id) || !tree_is_attached(&watch->tree, id))
		return REVISIT_FORGET;
	fd = open_node(watch, id, O_PATH);
	if (fd < 0)
		return REVISIT_AWAY;
	close(fd);
	return REVISIT_THERE;
}

static void forget(struct watch *watch, uint32_t id)
{
	int32_t wd = tree_node(&watch->tree, id)->wd;

	if (wd >= 0)
		inotify_rm_watch(watch->inotify, wd);
	tree_remove(&watch->tree, id);
	report(watch, FOUND_FORGOTTEN, "", 0)->target = id;
}

static void forget_beneath(struct watch *watch, uint32_t top)
{
	uint32_t id = top;

	for (;;) {
		const struct node *node = tree_node(&watch->tree, id);
		uint32_t up = node->parent;

		if (node->child != NODE_NONE) {
			id = node->child;
			continue;
		}
		forget(watch, id);
		if (id == top)
			return;
		id = up;
	}
}

void watch_sweep(struct watch *watch)
{
	struct tree *tree = &watch->tree;
	size_t count = tree->limbo_count;

	tree->limbo_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct node *node = tree_node(tree, tree->limbo[i]);

		if (!node)
			continue;
		node->flags &= (uint8_t)~NODE_LISTED;
		if (node->flags & NODE_LIMBO)
			forget_beneath(watch, tree->limbo[i]);
	}
}

void watch_free(struct watch *watch)
{
	struct walk *walk = &watch->walk;

	while (walk->count > 0)
		if (walk->steps[--walk->count].fd >= 0)
			close(walk->steps[walk->count].fd);
	if (walk->fd >= 0)
		close(walk->fd);
	free(walk->steps);
	close(watch->root);
	tree_free(&watch->tree);
	rules_free(&watch->rules);
	rules_free(&watch->previous_rules);
	bytes_free(&watch->events);
	bytes_free(&watch->findings);
	free(watch->search.inodes);
}
