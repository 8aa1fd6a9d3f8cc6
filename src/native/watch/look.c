/* Kernel events: each says where to look, and what is found there is reported. */
#include "watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/*
 * Milliseconds by which the time of a change may lie before the event that tells of it: the
 * kernel's clock for it moves in ticks.
 */
#define TICK 50.0

static void forget_cached(struct watch *watch)
{
	if (watch->cached_fd >= 0)
		close(watch->cached_fd);
	watch->cached_fd = -1;
	watch->cached_node = NODE_NONE;
}

static int open_cached(struct watch *watch, uint32_t id)
{
	if (watch->cached_node == id)
		return watch->cached_fd;
	forget_cached(watch);
	watch->cached_fd = open_node(watch, id, O_PATH);
	if (watch->cached_fd >= 0)
		watch->cached_node = id;
	return watch->cached_fd;
}

static struct finding *report_event(struct watch *watch, enum finding_kind kind,
                                    const struct event *event, const struct place *place)
{
	struct finding *finding = report(watch, kind, place->path, place->path_length);

	finding->mask = event->mask;
	finding->first = event->first;
	finding->last = event->last;
	finding->since = event->since;
	finding->node = place->parent;
	finding->detail = event->story & STORY_LOST ? DETAIL_LOST : 0;
	return finding;
}

static void report_lost(struct watch *watch, const struct event *event)
{
	struct finding *finding = report(watch, FOUND_LOST, "", 0);

	finding->since = event->since;
	finding->detail = DETAIL_LOST;
}

static void report_displaced(struct watch *watch, uint32_t id)
{
	report(watch, FOUND_DISPLACED, "", 0)->target = id;
}

static double milliseconds(const struct timespec *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_nsec / 1e6;
}

/*
 * Whether what stands there was not changed when the event says so: then another file was, through
 * a name that is this one's now.
 */
static bool is_another(const struct event *event, const struct stat *status)
{
	struct timespec real, monotonic;

	if ((event->mask & (IN_MODIFY | IN_ATTRIB)) == 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return milliseconds(&status->st_ctim) + TICK <
	       milliseconds(&real) - (milliseconds(&monotonic) - event->since);
}

/* The kernel's name of a file without one; a file may be called so, too. */
static bool is_number(const struct place *place)
{
	return place->name_length > 1 && place->name[0] == '#' &&
	       strspn(place->name + 1, "0123456789") == place->name_length - 1;
}

/* Nothing has come or gone under the name, and yet something was written to. */
static bool is_unnamed(const struct event *event, const struct place *place)
{
	return is_number(place) && event->mask & (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE) &&
	       !(event->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO));
}

/* Nothing, or no directory, stands there (any longer). */
static void look_at_other(struct watch *watch, const struct event *event, const struct place *place,
                          const struct stat *status)
{
	uint32_t there = tree_child(&watch->tree, place->parent, place->name, place->name_length);
	uint8_t wanted = ACTION_FILE;
	struct finding *finding;

	if (there != NODE_NONE)
		watch_detach(watch, there);
	if (!status && is_unnamed(event, place)) {
		report_event(watch, FOUND_UNNAMED, event, place);
		return;
	}
	if (!status && event->mask & IN_ISDIR)
		wanted = event->first & event->last & IN_ISDIR ? ACTION_SYNC
		                                               : ACTION_SYNC | ACTION_FILE;
	if (rules_allowed(&watch->rules, wanted, place->path)) {
		finding = report_event(watch, FOUND_OBJECT, event, place);
		finding->type = TYPE_ABSENT;
		if (status ? watch->options & WATCH_LINKS && is_another(event, status)
		           : event->story & (STORY_ARRIVED | STORY_TOUCHED))
			finding->detail = DETAIL_LOST; /* It left after these events were taken, or
			                                  was written to after it had left. */
		if (status)
			report_object(watch, finding, status);
	} else if (watch->options & WATCH_REFUSED &&
	           (!status || event->mask & (IN_CREATE | IN_MOVED_TO))) {
		report_event(watch, status ? FOUND_REFUSED : FOUND_ADMITTED, event, place);
	}
}

static void look_at_directory(struct watch *watch, const struct event *event,
                              const struct place *place, const struct stat *status)
{
	struct directory directory;
	enum found found = find_directory(watch, place, false, &directory);
	bool refused = !directory.actions;
	bool walk = directory.actions & ACTION_WALK &&
	            (found == FOUND_NEW || found == FOUND_MOVED || event->mask & IN_MOVED_TO);
	struct finding *finding;

	if (directory.fd >= 0)
		close(directory.fd);
	if (found == FOUND_LATER) {
		report_displaced(watch, place->parent);
		return;
	}
	if (refused) {
		if (watch->options & WATCH_REFUSED && event->mask & (IN_CREATE | IN_MOVED_TO))
			report_event(watch, FOUND_REFUSED, event, place);
		return;
	}
	walk = walk && found != FOUND_NOTHING_TO_ENTER;
	if (!walk && !(directory.actions & ACTION_SYNC))
		return;
	finding = report_event(watch, walk ? FOUND_DIRECTORY : FOUND_OBJECT, event, place);
	finding->target = directory.node;
	finding->actions = directory.actions;
	finding->detail = directory.mount_point && watch->options & WATCH_EXCLUDE_MOUNT_POINTS
	                          ? DETAIL_CONTENT
	                          : 0;
	report_object(watch, finding, status);
}

/* Without lstat(2): what the last event says. */
static void look_without_stat(struct watch *watch, const struct event *event,
                              const struct place *place)
{
	struct finding *finding;

	if (!rules_allowed(&watch->rules, ACTION_FILE, place->path))
		return;
	finding = report_event(watch, FOUND_OBJECT, event, place);
	finding->type = event->last & (IN_DELETE | IN_MOVED_FROM) ? TYPE_ABSENT : TYPE_FILE;
}

static void look(struct watch *watch, const struct event *event, uint32_t parent, const char *name,
                 size_t name_length)
{
	char path[PATH_MAX];
	struct place place = {
		.parent = parent, .name = name, .name_length = name_length, .path = path
	};
	long length = tree_path(&watch->tree, parent, path, sizeof(path));
	struct stat status;

	if (length < 0 ||
	    !append_name(path, (size_t)length, name, name_length, &place.path_length)) {
		place.path_length = length < 0 ? 0 : (size_t)length;
		report_problem(watch, PROBLEM_PATH_TOO_LONG, ENAMETOOLONG, &place);
		return;
	}
	if (!(watch->options & (WATCH_STAT | WATCH_LINKS)) && !(event->mask & IN_ISDIR) &&
	    !is_number(&place)) {
		look_without_stat(watch, event, &place);
		return;
	}
	place.fd = open_cached(watch, parent);
	if (place.fd < 0) {
		report_displaced(watch, parent);
		/* Wherever the directory is now, that name is not where it was. */
		if (event->last & (IN_DELETE | IN_MOVED_FROM))
			look_at_other(watch, event, &place, NULL);
	} else if (fstatat(place.fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		look_at_other(watch, event, &place, NULL);
	else if (S_ISDIR(status.st_mode))
		look_at_directory(watch, event, &place, &status);
	else
		look_at_other(watch, event, &place, &status);
}

/* An event of a directory itself. */
static void look_at_self(struct watch *watch, const struct event *event, uint32_t id)
{
	struct node *node = tree_node(&watch->tree, id);
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct place place = { .parent = node->parent, .path = path };
	struct finding *finding;
	struct stat status;
	long length;
	int fd;

	if (event->mask & IN_IGNORED) {
		/*
		 * The kernel took the watch away: the inode is gone, and its number may be another
		 * directory's by now.
		 */
		tree_set_wd(&watch->tree, id, -1);
		node->ino = 0;
	}
	if (!tree_is_attached(&watch->tree, id))
		return;
	if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
		if (id == NODE_ROOT) {
			report(watch, FOUND_ROOT_GONE, "", 0);
			return;
		}
		memcpy(name, node->name, (size_t)node->name_length + 1);
		look(watch, event, node->parent, name, node->name_length);
		return;
	}
	length = tree_path(&watch->tree, id, path, sizeof(path));
	if (length < 0 || !rules_allowed(&watch->rules, ACTION_SYNC, path))
		return;
	fd = open_cached(watch, id);
	if (fd < 0 || fstat(fd, &status) != 0) {
		report_displaced(watch, id);
		return;
	}
	place.path_length = (size_t)length;
	finding = report_event(watch, FOUND_OBJECT, event, &place);
	finding->target = id;
	report_object(watch, finding, &status);
}

void watch_look(struct watch *watch, uint32_t parent, const char *name, double since)
{
	const uint32_t made = IN_CREATE | IN_ISDIR;
	const struct event event = { .mask = made, .first = made, .last = made, .since = since };

	if (tree_node(&watch->tree, parent) && tree_is_attached(&watch->tree, parent))
		look(watch, &event, parent, name, strlen(name));
	forget_cached(watch);
}

/* Collected before anything is looked at, which changes the table. */
static size_t nodes_concerned(struct watch *watch, int32_t wd)
{
	size_t count = 0;

	watch->concerned.length = 0;
	for (uint32_t id = tree_by_wd(&watch->tree, wd); id != NODE_NONE;
	     id = tree_next_by_wd(&watch->tree, id), count++)
		memcpy(bytes_extend(&watch->concerned, sizeof(id)), &id, sizeof(id));
	return count;
}

static void look_at_event(struct watch *watch, const struct event *event)
{
	bool looked = false;
	uint32_t id;

	if (event->wd == QUEUE_OVERFLOW || event->wd == QUEUE_FELL_BACK) {
		report(watch, event->wd == QUEUE_OVERFLOW ? FOUND_OVERFLOW : FOUND_FELL_BACK, "",
		       0);
		return;
	}
	for (size_t i = 0, count = nodes_concerned(watch, event->wd); i < count; i++) {
		memcpy(&id, watch->concerned.data + i * sizeof(id), sizeof(id));
		if (event->name_length == 0)
			look_at_self(watch, event, id);
		else if (tree_is_attached(&watch->tree, id))
			look(watch, event, id, event->name, event->name_length);
		else
			continue;
		looked = true;
	}
	/* The directory has left, and a file with other names may have been written to in it. */
	if (!looked && event->story & (STORY_TOUCHED | STORY_LOST))
		report_lost(watch, event);
}

bool watch_events(struct watch *watch, uint32_t budget)
{
	for (; budget > 0 && watch->events_at < watch->events.length; budget--) {
		const struct event *event =
		        (const struct event *)(const void *)(watch->events.data + watch->events_at);

		watch->events_at += event->size;
		look_at_event(watch, event);
	}
	forget_cached(watch);
	if (watch->events_at < watch->events.length)
		return true;
	bytes_free(&watch->events);
	watch->events_at = 0;
	return false;
}
