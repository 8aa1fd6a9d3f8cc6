#include "watch/look-place.h"

#include "watch/directory.h"
#include "watch/limbo.h"
#include "watch/milliseconds.h"

#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/*
 * Milliseconds by which a file's timestamp may lie before the event of the change: the kernel takes
 * it from a clock that advances in ticks. The same as TICK of src/shared/file-clock.ts.
 */
#define TICK 50.0

static uint8_t detail_of(uint8_t story)
{
	return story & STORY_LOST ? DETAIL_UNIDENTIFIED : story & STORY_LEFT ? DETAIL_LEFT : 0;
}

struct finding *report_event(struct watch *watch, enum finding_kind kind, const struct event *event,
                             const struct place *place)
{
	struct finding *finding = report(watch, kind, place->path, place->path_length);

	finding->mask = event->mask;
	finding->first = event->first;
	finding->last = event->last;
	finding->since = event->since;
	finding->after = event->after;
	finding->node = place->parent;
	finding->detail = detail_of(event->story);
	return finding;
}

/*
 * Whether the file there was not changed at the time of the event. Then another file was changed,
 * which had this name before.
 */
static bool is_another(const struct event *event, const struct stat *status)
{
	struct timespec real, monotonic;

	if ((event->mask & (IN_MODIFY | IN_ATTRIB)) == 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return milliseconds(&status->st_ctim) + TICK <
	       milliseconds(&real) - (milliseconds(&monotonic) - event->after);
}

bool is_number(const struct place *place)
{
	return place->name_length > 1 && place->name[0] == '#' &&
	       strspn(place->name + 1, "0123456789") == place->name_length - 1;
}

/* Something was written to under a name that was neither created nor removed. */
static bool is_unnamed(const struct event *event, const struct place *place)
{
	return is_number(place) && event->mask & (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE) &&
	       !(event->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO));
}

void look_at_other(struct watch *watch, const struct event *event, const struct place *place,
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
			finding->detail =
			        DETAIL_UNIDENTIFIED; /* The file left after these events were taken,
			                                or was written to after it had left. */
		if (status)
			report_object(watch, finding, status);
		/* Also when the object has left again: the event of that is still to come. */
		if (place->origin_length)
			report_origin(watch, place->origin, place->origin_length);
	} else if (watch->options & WATCH_REFUSED &&
	           (!status || event->mask & (IN_CREATE | IN_MOVED_TO))) {
		report_event(watch, status ? FOUND_REFUSED : FOUND_RELEASED, event, place);
	}
}

void look_at_foreign(struct watch *watch, const struct event *event, const struct place *place)
{
	uint32_t there = tree_child(&watch->tree, place->parent, place->name, place->name_length);

	if (there != NODE_NONE)
		watch_detach(watch, there);
	if (watch->options & WATCH_REFUSED)
		report_event(watch, FOUND_REFUSED, event, place);
}

void look_at_directory(struct watch *watch, const struct event *event, const struct place *place,
                       const struct stat *status)
{
	struct directory directory;
	enum directory_state found = find_directory(watch, place, 0, &directory);
	bool refused = !directory.actions;
	bool walk = directory.actions & ACTION_WALK &&
	            (found == DIRECTORY_NEW || found == DIRECTORY_MOVED ||
	             event->mask & IN_MOVED_TO);
	struct finding *finding;

	if (directory.fd >= 0)
		close(directory.fd);
	if (found == DIRECTORY_UNDECIDED) {
		report_displaced(watch, place->parent);
		return;
	}
	if (directory.foreign) {
		look_at_foreign(watch, event, place);
		return;
	}
	if (refused) {
		if (watch->options & WATCH_REFUSED && event->mask & (IN_CREATE | IN_MOVED_TO))
			report_event(watch, FOUND_REFUSED, event, place);
		return;
	}
	walk = walk && found != DIRECTORY_NONE;
	if (!walk && !(directory.actions & ACTION_SYNC))
		return;
	finding = report_event(watch, walk ? FOUND_DIRECTORY : FOUND_OBJECT, event, place);
	finding->target = directory.node;
	finding->actions = directory.actions;
	if (directory.mount_point && watch->options & WATCH_EXCLUDE_MOUNT_POINTS)
		finding->detail = DETAIL_CONTENT;
	report_object(watch, finding, status);
	if (place->origin_length)
		report_origin(watch, place->origin, place->origin_length);
}

void look_without_stat(struct watch *watch, const struct event *event, const struct place *place)
{
	struct finding *finding;

	if (!rules_allowed(&watch->rules, ACTION_FILE, place->path))
		return;
	finding = report_event(watch, FOUND_OBJECT, event, place);
	finding->type = event->last & (IN_DELETE | IN_MOVED_FROM) ? TYPE_ABSENT : TYPE_FILE;
	if (finding->type == TYPE_FILE && place->origin_length)
		report_origin(watch, place->origin, place->origin_length);
}
