#include "watch/visit.h"

#include "watch/directory.h"
#include "watch/listing.h"
#include "watch/milliseconds.h"
#include "watch/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void report_found(struct watch *watch, enum finding_kind kind, const struct place *place,
                         uint32_t target, const struct stat *status)
{
	struct finding *finding = report(watch, kind, place->path, place->path_length);

	finding->node = place->parent;
	finding->target = target;
	if (status)
		report_object(watch, finding, status);
}

void visit_root(struct watch *watch)
{
	const struct place place = { .parent = NODE_NONE, .path = "" };
	struct stat status;

	if ((watch->walk.options & WALK_IGNORE_RULES ||
	     rules_allowed(&watch->rules, ACTION_SYNC, "")) &&
	    fstat(watch->root, &status) == 0)
		report_found(watch, FOUND_OBJECT, &place, NODE_ROOT, &status);
}

/*
 * After a change of the rules: reports an object for which they now decide otherwise (any bit of
 * `wanted`).
 */
static void report_change(struct watch *watch, const struct place *place, uint8_t wanted,
                          uint32_t target, const struct stat *status)
{
	bool before = rules_allowed(&watch->previous_rules, wanted, place->path);
	bool now = rules_allowed(&watch->rules, wanted, place->path);

	if (before != now)
		report_found(watch, now ? FOUND_RELEASED : FOUND_REFUSED, place, target,
		             now ? status : NULL);
}

/* Milliseconds: the coarsest unit of a file system's times, that of FAT. */
#define COARSE 2000.0

/* Whether a flat walk passes over it, as it has not changed. */
static bool is_old(const struct watch *watch, const struct stat *status)
{
	const double coarse = status->st_ctim.tv_nsec == 0 ? COARSE : 0;

	return watch->walk.options & WALK_FLAT &&
	       milliseconds(&status->st_ctim) + coarse < watch->walk.since;
}

/* Whether it may be a file that is being written. */
static bool is_recent(const struct watch *watch, const struct stat *status)
{
	return watch->walk.options & WALK_RECENT && S_ISREG(status->st_mode) &&
	       milliseconds(&status->st_mtim) > watch->walk.since;
}

/* A mount that is not to be touched is as if the rules refused it. */
static void visit_foreign(struct watch *watch, const struct place *place)
{
	if (watch->options & WATCH_REFUSED && !(watch->walk.options & WALK_CHANGED_RULES))
		report_found(watch, FOUND_REFUSED, place, NODE_NONE, NULL);
}

static void list_directory(struct watch *watch, const struct place *place,
                           enum directory_state found, const struct directory *directory)
{
	bool allowed = directory->actions & ACTION_SYNC || watch->walk.options & WALK_IGNORE_RULES;
	struct stat status;

	if (!(watch->walk.options & WALK_LISTING))
		return;
	if (directory->foreign || !allowed)
		listing_add(watch, ROW_REFUSED, place->name, place->name_length, NULL);
	else if (found == DIRECTORY_UNDECIDED)
		listing_add(watch, ROW_UNDECIDED, place->name, place->name_length, NULL);
	else if (directory->fd >= 0)
		listing_add_object(watch, place, &directory->status);
	else if (!reach_status(&watch->mounts, place->fd, place->name, &status))
		listing_add_failed(watch, place, errno);
	else if (S_ISDIR(status.st_mode))
		listing_add_object(watch, place, &status);
	else
		listing_add(watch, ROW_UNDECIDED, place->name, place->name_length, NULL);
}

/*
 * Whether what stands in a directory matters only if it is a directory. A name too long for a path
 * is a problem whatever it is.
 */
static bool wants_directories(const struct watch *watch, const struct place *place)
{
	const uint32_t options = watch->walk.options;

	return !(options & (WALK_OBJECTS | WALK_CHANGED_RULES | WALK_RECENT | WALK_LISTING)) &&
	       !(options & WALK_LINKS && watch->options & WATCH_LINKS) &&
	       !(watch->options & WATCH_REFUSED && watch->rules.count > 0) &&
	       place->path_length + 1 + NAME_MAX < PATH_MAX;
}

/* Of a leaf nothing is listed: directories that the table has in it have left. */
static void detach_children(struct tree *tree, uint32_t node)
{
	while (tree_node(tree, node)->child != NODE_NONE)
		tree_detach(tree, tree_node(tree, node)->child);
}

static void visit_directory(struct watch *watch, const struct place *place)
{
	uint32_t options = watch->walk.options;
	bool ignore_rules = options & WALK_IGNORE_RULES,
	     changed_rules = options & WALK_CHANGED_RULES, refused, excluded, closed;
	struct directory directory;
	enum directory_state found =
	        find_directory(watch, place,
	                       (ignore_rules ? FIND_IGNORE_RULES : 0u) |
	                               (wants_directories(watch, place) ? FIND_LEAVES : 0u),
	                       &directory);
	bool enter = (directory.actions & ACTION_WALK || ignore_rules) && found != DIRECTORY_NONE;
	bool flat = options & WALK_FLAT,
	     arrived = found == DIRECTORY_NEW || found == DIRECTORY_MOVED;

	list_directory(watch, place, found, &directory);

	if (found == DIRECTORY_UNDECIDED) {
		report_displaced(watch, place->parent);
		enter = false;
	} else if (directory.foreign) {
		visit_foreign(watch, place);
	} else if (directory.fd >= 0) {
		refused = !directory.actions && !ignore_rules;
		excluded = directory.mount_point && !refused &&
		           watch->options & WATCH_EXCLUDE_MOUNT_POINTS;
		if (changed_rules)
			report_change(watch, place, ACTIONS_OF_DIRECTORY, directory.node,
			              &directory.status);
		else if (refused && watch->options & WATCH_REFUSED)
			report_found(watch, FOUND_REFUSED, place, NODE_NONE, NULL);
		else if (flat && enter && arrived)
			report_found(watch, FOUND_DIRECTORY, place, directory.node,
			             &directory.status);
		else if (!refused && options & WALK_OBJECTS && !is_old(watch, &directory.status) &&
		         (directory.actions & ACTION_SYNC || ignore_rules))
			report_found(watch, FOUND_OBJECT, place, directory.node, &directory.status);
		if (excluded)
			report(watch, FOUND_REFUSED, place->path, place->path_length)->detail =
			        DETAIL_CONTENT;
	}
	closed = found != DIRECTORY_UNDECIDED && directory.node != NODE_NONE && !enter &&
	         !changed_rules && watch->options & WATCH_REFUSED;
	/* A directory that the former rules did not let the walk enter gets a walk of its own. */
	if (directory.leaf && enter && !flat) {
		detach_children(&watch->tree, directory.node);
		enter = false;
	}
	if ((closed && (!flat || arrived)) ||
	    (enter && !flat &&
	     (!changed_rules || rules_allowed(&watch->previous_rules, ACTION_WALK, place->path))))
		walk_stack_push(&watch->walk.waiting, directory.node, directory.fd, closed);
	else if (directory.fd >= 0)
		close(directory.fd);
}

static void visit_other(struct watch *watch, const struct place *place, const struct stat *known)
{
	uint32_t options = watch->walk.options;
	bool objects = options & WALK_OBJECTS, listing = options & WALK_LISTING,
	     links = options & WALK_LINKS && watch->options & WATCH_LINKS, allowed;
	struct stat status;

	if (options & WALK_CHANGED_RULES) {
		if (known || reach_status(&watch->mounts, place->fd, place->name, &status))
			report_change(watch, place, ACTION_FILE, NODE_NONE,
			              known ? known : &status);
		return;
	}
	allowed = options & WALK_IGNORE_RULES ||
	          rules_allowed(&watch->rules, ACTION_FILE, place->path);
	if (!allowed) {
		if (listing)
			listing_add(watch, ROW_REFUSED, place->name, place->name_length, NULL);
		if (watch->options & WATCH_REFUSED)
			report_found(watch, FOUND_REFUSED, place, NODE_NONE, NULL);
		return;
	}
	if (!objects && !listing && !(options & WALK_RECENT) && !links)
		return;
	if (!known) {
		/*
		 * An object that has vanished since, or become a directory, has an event of its
		 * own.
		 */
		if (!reach_status(&watch->mounts, place->fd, place->name, &status)) {
			if (listing)
				listing_add_failed(watch, place, errno);
			if (errno == EREMOTE)
				visit_foreign(watch, place);
			return;
		}
		if (S_ISDIR(status.st_mode)) {
			if (listing)
				listing_add(watch, ROW_UNDECIDED, place->name, place->name_length,
				            NULL);
			return;
		}
		known = &status;
	}
	if (listing)
		listing_add_object(watch, place, known);
	if ((objects && !is_old(watch, known)) || is_recent(watch, known))
		report_found(watch, FOUND_OBJECT, place, NODE_NONE, known);
	else if (known->st_nlink > 1 && (objects || watch->options & WATCH_LINKS))
		report_found(watch, FOUND_LINK, place, NODE_NONE, known);
}

void visit(struct watch *watch, const struct dirent64 *entry, char *path, size_t length)
{
	struct place place = { .parent = watch->walk.node,
		               .fd = watch->walk.fd,
		               .name = entry->d_name,
		               .name_length = strlen(entry->d_name),
		               .path = path };
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
		if (!reach_status(&watch->mounts, place.fd, place.name, &status)) {
			if (watch->walk.options & WALK_LISTING)
				listing_add_failed(watch, &place, errno);
			if (errno == EREMOTE)
				visit_foreign(watch, &place);
			return;
		}
		directory = S_ISDIR(status.st_mode);
		known = &status;
	}
	if (directory)
		visit_directory(watch, &place);
	else
		visit_other(watch, &place, known);
}
