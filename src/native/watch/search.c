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

void search_begin(struct watch *watch, const uint64_t *inodes, size_t count, double since)
{
	struct search *search = &watch->search;

	search->inodes = grow_array(search->inodes, count ? count : 1, sizeof(*inodes));
	memcpy(search->inodes, inodes, count * sizeof(*inodes));
	qsort(search->inodes, count, sizeof(*inodes), by_number);
	search->count = count;
	search->since = since;
	search->next = 0;
	watch->tree.appends = watch->source.lazy;
}

static bool changed_since(const struct stat *status, double since)
{
	return (double)status->st_ctim.tv_sec + (double)status->st_ctim.tv_nsec / 1e9 >= since;
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
	finding = report(watch, FOUND_LINK, path, whole);
	finding->node = directory->parent;
	finding->detail = wanted ? 0 : DETAIL_NOTICED;
	report_object(watch, finding, &status);
}

/* The search comes to it later: what is added to the table then has a higher number. */
static void enter_directory(struct watch *watch, const struct place *directory,
                            const struct dirent64 *entry)
{
	char path[PATH_MAX];
	struct place place = { .parent = directory->parent,
		               .fd = directory->fd,
		               .name = entry->d_name,
		               .name_length = strlen(entry->d_name),
		               .path = path };

	if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
	    event_name_length(place.name, place.name_length) < 0)
		return;
	memcpy(path, directory->path, directory->path_length);
	if (append_name(path, directory->path_length, place.name, place.name_length,
	                &place.path_length))
		enter_name(watch, &place);
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

uint32_t search_in(struct watch *watch, uint32_t id)
{
	const struct search *search = &watch->search;
	char entries[16 << 10] __attribute__((aligned(8))), path[PATH_MAX];
	struct place directory;
	uint32_t visited = 0;
	long got;

	if (!open_directory(watch, id, path, O_RDONLY | O_NONBLOCK, &directory))
		return 0;
	while ((got = syscall(SYS_getdents64, directory.fd, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < got; visited++) {
			const struct dirent64 *entry =
			        (const struct dirent64 *)(const void *)(entries + at);
			const uint64_t ino = entry->d_ino;
			bool of_inode = bsearch(&ino, search->inodes, search->count, sizeof(ino),
			                        by_number);

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR && (of_inode || search->since > 0))
				look_at_name(watch, &directory, entry->d_name, of_inode);
			if (watch->source.lazy)
				enter_directory(watch, &directory, entry);
		}
	}
	close(directory.fd);
	return visited;
}

bool search_step(struct watch *watch, uint32_t budget)
{
	struct search *search = &watch->search;

	while (search->next < watch->tree.count) {
		uint32_t visited = search_in(watch, search->next++) + 1;

		if (visited >= budget)
			return search->next < watch->tree.count;
		budget -= visited;
	}
	watch->tree.appends = false;
	return false;
}
