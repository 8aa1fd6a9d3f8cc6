#include "watch/walk.h"

#include "watch/limbo.h"
#include "watch/listing.h"
#include "watch/node.h"
#include "watch/report.h"
#include "watch/visit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void walk_begin(struct watch *watch, uint32_t node, uint32_t options, double since)
{
	watch->walk.since = since;
	watch->walk.active = true;
	watch->walk.top = node;
	watch->walk.options = options;
	if (node == NODE_ROOT && options & WALK_OBJECTS)
		visit_root(watch);
	walk_stack_push(&watch->walk.waiting, node, -1, false);
}

/* The listing of a directory begins. */
static void forget_seen(struct tree *tree, uint32_t id)
{
	for (uint32_t child = tree_node(tree, id)->child; child != NODE_NONE;
	     child = tree_node(tree, child)->next)
		tree_node(tree, child)->flags &= (uint8_t)~NODE_SEEN;
}

static bool next_directory(struct watch *watch)
{
	struct walk *walk = &watch->walk;
	struct unlisted next;

	while (walk_stack_pop(&walk->waiting, &next)) {
		if (!tree_is_attached(&watch->tree, next.node)) {
			if (next.fd >= 0)
				close(next.fd);
			continue;
		}
		walk->fd = next.fd >= 0 ? next.fd
		                        : open_node(watch, next.node, O_RDONLY | O_NONBLOCK);
		if (walk->fd < 0) {
			report_displaced(watch, next.node);
			continue;
		}
		walk->node = next.node;
		walk->closed = next.closed;
		walk->rows.length = 0;
		forget_seen(&watch->tree, walk->node);
		walk->at = walk->length = 0;
		return true;
	}
	return false;
}

/* Whether nothing stands any longer at the name of a node, in the directory being listed. */
static bool is_gone(struct watch *watch, uint32_t child)
{
	struct stat status;

	return !reach_status(&watch->mounts, watch->walk.fd,
	                     tree_name(&watch->tree, tree_node(&watch->tree, child)), &status) &&
	       errno == ENOENT;
}

/*
 * Detaches the directories that the table has in this directory and the listing has not seen. Where
 * it was cut short nothing is known of them.
 */
static void end_directory(struct watch *watch, bool whole)
{
	struct tree *tree = &watch->tree;
	uint32_t child = whole ? tree_node(tree, watch->walk.node)->child : NODE_NONE;

	while (child != NODE_NONE) {
		uint32_t next = tree_node(tree, child)->next;

		if (!(tree_node(tree, child)->flags & NODE_SEEN)) {
			if (watch->walk.options & WALK_OBJECTS && is_gone(watch, child))
				report_gone(watch, child, true);
			tree_detach(tree, child);
		}
		child = next;
	}
	close(watch->walk.fd);
	watch->walk.fd = -1;
}

/* The directory could not be read to its end. Where it was removed, an event says so. */
static void report_unread(struct watch *watch, const char *path, size_t length, int error)
{
	const struct place place = {
		.parent = tree_node(&watch->tree, watch->walk.node)->parent,
		.path = path,
		.path_length = length,
	};

	if (error != ENOENT)
		report_unwatched(watch, watch->walk.node, PROBLEM_LIST, error, &place);
}

/* Bytes of rows that are reported at once. */
#define ROWS_ENOUGH (64u << 10)

/* Reports what was found in the directory: all of it by then, or enough of it. */
static void report_rows(struct watch *watch, const char *path, long length, bool over, bool failed)
{
	struct walk *walk = &watch->walk;
	struct stat status;

	if (!(walk->options & WALK_LISTING) || walk->closed ||
	    (!over && walk->rows.length < ROWS_ENOUGH))
		return;
	if (over && !failed && walk->node == NODE_ROOT && fstat(walk->fd, &status) == 0)
		listing_add_root(watch, &status);
	listing_report(watch, path, length < 0 ? 0 : (size_t)length,
	               failed  ? DETAIL_FAILED
	               : !over ? DETAIL_MORE
	                       : 0);
}

/* Goes on with the directory being listed; returns how many entries it visited. */
static uint32_t list(struct watch *watch, uint32_t budget)
{
	struct walk *walk = &watch->walk;
	char path[PATH_MAX];
	long length = tree_path(&watch->tree, walk->node, path, sizeof(path));
	uint32_t visited = 0;
	int error = 0;
	bool over;

	while (length >= 0 && visited < budget) {
		const struct dirent64 *entry =
		        (const struct dirent64 *)(const void *)(walk->entries + walk->at);

		if (walk->at == walk->length) {
			long got = syscall(SYS_getdents64, walk->fd, walk->entries,
			                   sizeof(walk->entries));

			if (got <= 0) {
				error = got < 0 ? errno : 0;
				break;
			}
			walk->at = 0;
			walk->length = (size_t)got;
			continue;
		}
		walk->at += entry->d_reclen;
		visited++;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			visit(watch, entry, path, (size_t)length);
	}
	over = length < 0 || visited < budget;
	report_rows(watch, path, length, over, length < 0 || error);
	if (error)
		report_unread(watch, path, (size_t)length, error);
	if (over)
		end_directory(watch, !error || error == ENOENT);
	return visited;
}

static void report_walked(struct watch *watch)
{
	char path[PATH_MAX];
	long length = tree_path(&watch->tree, watch->walk.top, path, sizeof(path));

	report(watch, FOUND_WALKED, path, length < 0 ? 0 : (size_t)length)->target =
	        length < 0 ? NODE_NONE : watch->walk.top;
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
