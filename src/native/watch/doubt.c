#include "watch/doubt.h"

#include "watch/report.h"

#include <string.h>

void report_unidentified(struct watch *watch, double since, double after, bool known)
{
	struct finding *finding = report(watch, FOUND_UNIDENTIFIED, "", 0);

	finding->since = since;
	finding->after = after;
	finding->detail = known ? DETAIL_LEFT : DETAIL_UNIDENTIFIED;
}

static void report_written(struct watch *watch, const struct written *written)
{
	report_unidentified(watch, written->since, written->after, written->is_known);
}

/* Takes the earlier and the less certain of both. */
static void join(struct written *written, const struct written *other)
{
	if (!written->is_so || other->after < written->after) {
		written->since = other->since;
		written->after = other->after;
	}
	written->is_known = other->is_known && (written->is_known || !written->is_so);
	written->is_so = true;
}

static void decide_elsewhere(struct watch *watch)
{
	struct doubt *doubt = &watch->doubt;

	if (!doubt->has_left || !doubt->elsewhere.is_so)
		return;
	report_written(watch, &doubt->elsewhere);
	doubt->elsewhere.is_so = false;
}

static bool is_elsewhere(struct watch *watch, directory_key key)
{
	return watch->source.type->ignores(&watch->source, key);
}

static struct removed *removed_with(struct doubt *doubt, directory_key key)
{
	for (size_t i = 0; i < doubt->count; i++)
		if (doubt->removed[i].key == key)
			return &doubt->removed[i];
	return NULL;
}

/* Finds or adds it. */
static struct removed *note(struct watch *watch, directory_key key)
{
	struct doubt *doubt = &watch->doubt;
	struct removed *removed = removed_with(doubt, key);

	if (removed)
		return removed;
	if (doubt->count == REMOVED_MOST)
		doubt_decide(watch, true);
	removed = &doubt->removed[doubt->count++];
	*removed = (struct removed){ .key = key, .above = KEY_NONE };
	return removed;
}

void doubt_written(struct watch *watch, const struct event *event)
{
	const struct written written = { .is_so = true,
		                         .is_known = !(event->story & (STORY_TOUCHED | STORY_LOST)),
		                         .since = event->since,
		                         .after = event->after };

	if (!watch->source.lazy) {
		report_written(watch, &written);
	} else if (is_elsewhere(watch, event->key)) {
		join(&watch->doubt.elsewhere, &written);
		decide_elsewhere(watch);
	} else {
		join(&note(watch, event->key)->written, &written);
	}
}

void doubt_left(struct watch *watch)
{
	watch->doubt.has_left = true;
	decide_elsewhere(watch);
}

void doubt_removed(struct watch *watch, const struct event *record)
{
	memcpy(&note(watch, record->key)->above, record->name, sizeof(directory_key));
}

enum verdict { VERDICT_NONE, VERDICT_IN_TREE, VERDICT_ELSEWHERE };

/* Where the topmost directory was that was removed with this one. */
static enum verdict verdict_on(struct watch *watch, const struct removed *removed)
{
	struct doubt *doubt = &watch->doubt;

	for (size_t i = 0; removed && removed->above != KEY_NONE && i <= doubt->count; i++) {
		if (is_elsewhere(watch, removed->above))
			return VERDICT_ELSEWHERE;
		if (tree_by_key(&watch->tree, removed->above) != NODE_NONE)
			return VERDICT_IN_TREE;
		removed = removed_with(doubt, removed->above);
	}
	return VERDICT_NONE;
}

void doubt_decide(struct watch *watch, bool last)
{
	struct doubt *doubt = &watch->doubt;

	for (size_t i = 0; i < doubt->count; i++) {
		struct written *written = &doubt->removed[i].written;
		enum verdict verdict;

		if (!written->is_so)
			continue;
		verdict = verdict_on(watch, &doubt->removed[i]);
		if (verdict == VERDICT_ELSEWHERE)
			join(&doubt->elsewhere, written);
		else if (verdict == VERDICT_IN_TREE || last)
			report_written(watch, written);
		written->is_so = verdict == VERDICT_NONE && !last;
	}
	decide_elsewhere(watch);
	if (last)
		*doubt = (struct doubt){ 0 };
}

bool doubt_is_open(const struct watch *watch)
{
	const struct doubt *doubt = &watch->doubt;

	return doubt->has_left || doubt->elsewhere.is_so || doubt->count > 0;
}
