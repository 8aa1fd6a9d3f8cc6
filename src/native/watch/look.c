#include "watch/look.h"

#include "watch/doubt.h"
#include "watch/entry-way.h"
#include "watch/look-place.h"
#include "watch/node.h"
#include "watch/unused.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>

/*
 * Finds the path the object of an event was moved from, if its directory is in the tree and the
 * rules allow the path. Writes it, with the present names of directories, to `path` (PATH_MAX
 * bytes).
 */
static void find_origin(struct watch *watch, const struct event *event, struct place *place,
                        char *path)
{
	uint8_t wanted = event->last & IN_ISDIR ? ACTION_SYNC : ACTION_FILE;
	const struct event *from;
	size_t whole;
	uint32_t id;
	long length;

	if (event->origin == QUEUE_NOWHERE)
		return;
	from = (const struct event *)(const void *)(watch->events.data + event->origin);
	id = tree_attached_by_key(&watch->tree, from->key);
	length = id == NODE_NONE ? -1 : tree_path(&watch->tree, id, path, PATH_MAX);
	if (length < 0 ||
	    !append_name(path, (size_t)length, from->name, from->name_length, &whole) ||
	    strcmp(path, place->path) == 0 || !rules_allowed(&watch->rules, wanted, path))
		return;
	place->origin = path;
	place->origin_length = whole;
}

/* Whether the events do not say if something is at the name by now. */
static bool is_ambiguous(const struct watch *watch, const struct event *event)
{
	return watch->source.type->merges && event->mask & (IN_CREATE | IN_MOVED_TO) &&
	       event->mask & (IN_DELETE | IN_MOVED_FROM);
}

static void look(struct watch *watch, const struct event *event, uint32_t parent, const char *name,
                 size_t name_length)
{
	char path[PATH_MAX], origin[PATH_MAX];
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
	find_origin(watch, event, &place, origin);
	if (!(watch->options & (WATCH_STAT | WATCH_LINKS)) && !(event->mask & IN_ISDIR) &&
	    !watch->source.type->guesses && !is_number(&place) && !is_ambiguous(watch, event)) {
		look_without_stat(watch, event, &place);
		return;
	}
	place.fd = open_cached(watch, parent);
	if (place.fd < 0) {
		report_displaced(watch, parent);
		/* It may never turn up again. */
		if (event->story)
			report_unidentified(watch, event->since, event->after, true);
		/* Wherever the directory is now, the object has left this path. */
		if (event->last & (IN_DELETE | IN_MOVED_FROM))
			look_at_other(watch, event, &place, NULL);
	} else if (!reach_status(&watch->mounts, place.fd, name, &status)) {
		if (errno == EREMOTE)
			look_at_foreign(watch, event, &place);
		else
			look_at_other(watch, event, &place, NULL);
	} else if (S_ISDIR(status.st_mode)) {
		look_at_directory(watch, event, &place, &status);
	} else {
		look_at_other(watch, event, &place, &status);
	}
}

/* Looks at an event of a directory itself. */
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
		 * The kernel has removed the watch: the inode is gone, and another directory may
		 * have its number by now.
		 */
		tree_set_key(&watch->tree, id, KEY_NONE);
		node->ino = 0;
	}
	if (!tree_is_attached(&watch->tree, id))
		return;
	if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
		if (id == NODE_ROOT) {
			report(watch, FOUND_ROOT_GONE, "", 0);
			return;
		}
		memcpy(name, tree_name(&watch->tree, node), (size_t)node->name_length + 1);
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
	const struct event event = { .mask = made,
		                     .first = made,
		                     .last = made,
		                     .since = since,
		                     .after = since,
		                     .origin = QUEUE_NOWHERE };

	if (tree_node(&watch->tree, parent) && tree_is_attached(&watch->tree, parent))
		look(watch, &event, parent, name, strlen(name));
	forget_cached(watch);
}

/* Collects the nodes first, as looking at them changes the table. */
static size_t nodes_concerned(struct watch *watch, directory_key key)
{
	size_t count = 0;

	watch->concerned.length = 0;
	for (uint32_t id = tree_by_key(&watch->tree, key); id != NODE_NONE;
	     id = tree_next_by_key(&watch->tree, id), count++) {
		unused_not(watch, id);
		memcpy(bytes_extend(&watch->concerned, sizeof(id)), &id, sizeof(id));
	}
	return count;
}

/* `looked`: a directory in the tree has the key. */
static void after_look(struct watch *watch, const struct event *event, bool looked)
{
	/*
	 * The directory has left the tree; a file in it that has other names may have been written
	 * to.
	 */
	if (!looked && event->story & (STORY_TOUCHED | STORY_LOST | STORY_LEFT))
		doubt_written(watch, event);
	if (looked && event->mask & IN_MOVED_FROM && event->mask & IN_ISDIR)
		doubt_left(watch);
}

static void look_at_event(struct watch *watch, const struct event *event)
{
	bool looked = false;
	uint32_t id;

	if (event->key == QUEUE_OVERFLOW || event->key == QUEUE_FELL_BACK) {
		report(watch, event->key == QUEUE_OVERFLOW ? FOUND_OVERFLOW : FOUND_FELL_BACK, "",
		       0);
		return;
	}
	for (size_t i = 0, count = nodes_concerned(watch, event->key); i < count; i++) {
		memcpy(&id, watch->concerned.data + i * sizeof(id), sizeof(id));
		if (event->name_length == 0)
			look_at_self(watch, event, id);
		else if (tree_is_attached(&watch->tree, id))
			look(watch, event, id, event->name, event->name_length);
		else
			continue;
		looked = true;
	}
	after_look(watch, event, looked);
}

static void look_at_crowd(struct watch *watch, const struct event *crowd)
{
	struct finding *finding;
	bool looked = false;
	uint32_t id;

	for (size_t i = 0, count = nodes_concerned(watch, crowd->key); i < count; i++) {
		memcpy(&id, watch->concerned.data + i * sizeof(id), sizeof(id));
		if (!tree_is_attached(&watch->tree, id))
			continue;
		finding = report(watch, FOUND_CROWD, "", 0);
		finding->target = id;
		finding->mask = crowd->mask;
		finding->since = crowd->since;
		finding->after = crowd->after;
		finding->detail = crowd->story & STORY_UNNAMED ? DETAIL_UNIDENTIFIED : 0;
		looked = true;
	}
	/* A name may have left by now, and its file have others. */
	if (looked && crowd->story)
		report_unidentified(watch, crowd->since, crowd->after, false);
	after_look(watch, crowd, looked);
}

static void look_at_record(struct watch *watch, const struct event *record)
{
	switch (record->kind) {
	case RECORD_EVENT:
		look_at_event(watch, record);
		break;
	case RECORD_HANDLE:
		enter_handle(watch, record);
		break;
	case RECORD_REMOVED:
		doubt_removed(watch, record);
		break;
	case RECORD_CROWD:
		look_at_crowd(watch, record);
		break;
	case RECORD_PLACE:
		break;
	}
}

bool watch_events(struct watch *watch, uint32_t budget)
{
	for (; budget > 0 && watch->events_at < watch->events.length; budget--) {
		const struct event *event =
		        (const struct event *)(const void *)(watch->events.data + watch->events_at);

		watch->events_at += event->size;
		look_at_record(watch, event);
	}
	forget_cached(watch);
	if (watch->events_at < watch->events.length)
		return true;
	bytes_free(&watch->events);
	watch->events_at = 0;
	return false;
}
