/* Looks for all names of some inodes, or for what was changed lately: every directory of the table is listed. */
#include "watch.h"

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
}

static bool changed_since(const struct stat *status, double since)
{
	return since > 0 && (double)status->st_ctim.tv_sec + (double)status->st_ctim.tv_nsec / 1e9 >= since;
}

static void look_at_name(struct watch *watch, uint32_t node, int fd, const char *name, char *path, size_t length)
{
	struct finding *finding;
	struct stat status;
	size_t whole;

	if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(status.st_mode) ||
	    !(status.st_nlink > 1 || changed_since(&status, watch->search.since)) ||
	    !append_name(path, length, name, strlen(name), &whole) || !rules_allowed(&watch->rules, ACTION_FILE, path))
		return;
	finding = report(watch, FOUND_LINK, path, whole);
	finding->node = node;
	report_object(watch, finding, &status);
}

void search_name(struct watch *watch, uint32_t id, const char *name)
{
	char path[PATH_MAX];
	long length;
	int fd;

	if (!tree_node(&watch->tree, id) || (length = tree_path(&watch->tree, id, path, sizeof(path))) < 0)
		return;
	fd = open_node(watch, id, O_PATH);
	if (fd < 0)
		return;
	look_at_name(watch, id, fd, name, path, (size_t)length);
	close(fd);
}

uint32_t search_in(struct watch *watch, uint32_t id)
{
	const struct search *search = &watch->search;
	char entries[16 << 10] __attribute__((aligned(8))), path[PATH_MAX];
	uint32_t visited = 0;
	long length, got;
	int fd;

	if (!tree_node(&watch->tree, id) || (length = tree_path(&watch->tree, id, path, sizeof(path))) < 0)
		return 0;
	fd = open_node(watch, id, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return 0;
	while ((got = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < got; visited++) {
			const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
			const uint64_t ino = entry->d_ino;

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR && (search->since > 0 || bsearch(&ino, search->inodes, search->count, sizeof(ino), by_number)))
				look_at_name(watch, id, fd, entry->d_name, path, (size_t)length);
		}
	}
	close(fd);
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
	return false;
}
