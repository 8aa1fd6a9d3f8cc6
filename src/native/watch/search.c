#include "watch/search.h"

#include "watch/entry-way.h"
#include "watch/node.h"
#include "watch/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void push_path(struct search *search, const char *path, size_t length)
{
	const uint16_t stored = (uint16_t)length;
	uint8_t *end = bytes_extend(&search->paths, length + sizeof(stored));

	memcpy(end, path, length);
	memcpy(end + length, &stored, sizeof(stored));
}

/* Takes the path pushed last; false when there is none. */
static bool pop_path(struct search *search, char path[PATH_MAX], size_t *length)
{
	struct bytes *paths = &search->paths;
	uint16_t stored;

	if (paths->length == 0)
		return false;
	paths->length -= sizeof(stored);
	memcpy(&stored, paths->data + paths->length, sizeof(stored));
	paths->length -= stored;
	memcpy(path, paths->data + paths->length, stored);
	path[stored] = '\0';
	*length = stored;
	return true;
}

void search_begin(struct watch *watch, const uint64_t *inodes, size_t count, double since)
{
	struct search *search = &watch->search;

	search->inodes = grow_array(search->inodes, count ? count : 1, sizeof(*inodes));
	memcpy(search->inodes, inodes, count * sizeof(*inodes));
	qsort(search->inodes, count, sizeof(*inodes), by_number);
	search->count = count;
	search->since = since;
	search->next = 0;
	search->paths.length = 0;
	search->by_path = watch->source.lazy;
	if (search->by_path)
		push_path(search, "", 0);
}

static bool changed_since(const struct stat *status, double since)
{
	return (double)status->st_ctim.tv_sec + (double)status->st_ctim.tv_nsec / 1e9 >= since;
}

/* The node of a directory that is listed; NODE_NONE: it has left the path, as an event says. */
static uint32_t node_of(struct watch *watch, const struct place *directory)
{
	const struct node *node;
	struct stat status;
	uint32_t id;

	if (directory->parent != NODE_NONE)
		return directory->parent;
	id = enter_path(watch, directory->path, directory->path_length);
	node = id == NODE_NONE ? NULL : tree_node(&watch->tree, id);
	return node && fstat(directory->fd, &status) == 0 && node->ino == status.st_ino &&
	                       node->dev == status.st_dev
	               ? id
	               : NODE_NONE;
}

/*
 * Reports a name of something other than a directory, if it is a name of a wanted inode
 * (`of_inode`), was changed lately or is one of several.
 */
static void look_at_name(struct watch *watch, const struct place *directory, const char *name,
                         bool of_inode)
{
	char path[PATH_MAX];
	struct finding *finding;
	struct stat status;
	size_t whole;
	uint32_t node;
	bool wanted;

	if (!reach_status(&watch->mounts, directory->fd, name, &status) || S_ISDIR(status.st_mode))
		return;
	wanted = of_inode || changed_since(&status, watch->search.since);
	if (!wanted && status.st_nlink == 1)
		return;
	memcpy(path, directory->path, directory->path_length);
	if (!append_name(path, directory->path_length, name, strlen(name), &whole) ||
	    !rules_allowed(&watch->rules, ACTION_FILE, path))
		return;
	node = node_of(watch, directory);
	if (node == NODE_NONE)
		return;
	finding = report(watch, FOUND_LINK, path, whole);
	finding->node = node;
	finding->detail = wanted ? 0 : DETAIL_NOTICED;
	report_object(watch, finding, &status);
}

/* What is in a directory is listed later. */
static void note_directory(struct watch *watch, const struct place *directory, const char *name)
{
	char path[PATH_MAX];
	size_t length = strlen(name), whole;

	if (event_name_length(name, length) < 0)
		return;
	memcpy(path, directory->path, directory->path_length);
	if (append_name(path, directory->path_length, name, length, &whole) &&
	    rules_allowed(&watch->rules, ACTION_WALK, path) & ACTION_WALK)
		push_path(&watch->search, path, whole);
}

/* Opens the directory of a node; false when it is not at the path the table has. */
static bool open_directory(struct watch *watch, uint32_t id, char *path, int flags,
                           struct place *directory)
{
	long length;

	if (!tree_node(&watch->tree, id) ||
	    (length = tree_path(&watch->tree, id, path, PATH_MAX)) < 0)
		return false;
	*directory = (struct place){ .parent = id,
		                     .fd = open_node(watch, id, flags),
		                     .path = path,
		                     .path_length = (size_t)length };
	return directory->fd >= 0;
}

void search_name(struct watch *watch, uint32_t id, const char *name)
{
	struct place directory;
	char path[PATH_MAX];

	if (!open_directory(watch, id, path, O_PATH, &directory))
		return;
	look_at_name(watch, &directory, name, true);
	close(directory.fd);
}

/* Lists a directory, and closes it; returns how many entries it has. */
static uint32_t list(struct watch *watch, const struct place *directory)
{
	const struct search *search = &watch->search;
	const bool descends = directory->parent == NODE_NONE;
	char entries[16 << 10] __attribute__((aligned(8)));
	uint32_t visited = 0;
	long got;

	while ((got = syscall(SYS_getdents64, directory->fd, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < got; visited++) {
			const struct dirent64 *entry =
			        (const struct dirent64 *)(const void *)(entries + at);
			const uint64_t ino = entry->d_ino;
			bool of_inode = bsearch(&ino, search->inodes, search->count, sizeof(ino),
			                        by_number);

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR && (of_inode || search->since > 0))
				look_at_name(watch, directory, entry->d_name, of_inode);
			if (descends && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN))
				note_directory(watch, directory, entry->d_name);
		}
	}
	close(directory->fd);
	return visited;
}

uint32_t search_in(struct watch *watch, uint32_t id)
{
	struct place directory;
	char path[PATH_MAX];

	return open_directory(watch, id, path, O_RDONLY | O_NONBLOCK, &directory)
	               ? list(watch, &directory)
	               : 0;
}

/* The same for a path, unless what is there has left, or is of another file system. */
static uint32_t search_at(struct watch *watch, const char *path, size_t length)
{
	struct place directory = { .parent = NODE_NONE, .path = path, .path_length = length };
	char names[PATH_MAX] = ".";
	struct stat status;

	if (length > 0)
		memcpy(names, path, length + 1);
	directory.fd = reach_path(&watch->mounts, watch->root, names, O_RDONLY | O_NONBLOCK);
	if (directory.fd < 0)
		return 0;
	if (fstat(directory.fd, &status) == 0 && status.st_dev == watch->root_dev)
		return list(watch, &directory);
	close(directory.fd);
	return 0;
}

/* Lists the next directory, and adds to `visited`; false when there is none. */
static bool list_next(struct watch *watch, uint32_t *visited)
{
	struct search *search = &watch->search;
	const struct node *node;
	char path[PATH_MAX];
	size_t length;

	if (pop_path(search, path, &length)) {
		*visited += search_at(watch, path, length) + 1;
		return true;
	}
	if (search->next >= watch->tree.count)
		return false;
	node = tree_node(&watch->tree, search->next);
	if (node && !(search->by_path && node->dev == (uint32_t)watch->root_dev))
		*visited += search_in(watch, search->next);
	search->next++;
	++*visited;
	return true;
}

bool search_step(struct watch *watch, uint32_t budget)
{
	const struct search *search = &watch->search;
	uint32_t visited = 0;

	while (visited < budget)
		if (!list_next(watch, &visited)) {
			bytes_free(&watch->search.paths);
			return false;
		}
	return search->paths.length > 0 || search->next < watch->tree.count;
}
