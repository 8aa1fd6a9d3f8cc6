/* Reports an event at a place, once it is known what stands there. */
#ifndef CLSYNC_LOOK_PLACE_H
#define CLSYNC_LOOK_PLACE_H

#include "watch/place.h"
#include "watch/queue.h"
#include "watch/report.h"
#include "watch/watch.h"

/* Appends a finding with the fields of the event. */
struct finding *report_event(struct watch *watch, enum finding_kind kind, const struct event *event,
                             const struct place *place);
/*
 * Whether the name has the form that the kernel uses for a file without a name; other files may
 * have such a name, too.
 */
bool is_number(const struct place *place);
/* Something other than a directory stands there; or nothing (`status` is NULL). */
void look_at_other(struct watch *watch, const struct event *event, const struct place *place,
                   const struct stat *status);
void look_at_directory(struct watch *watch, const struct event *event, const struct place *place,
                       const struct stat *status);
/* A mount stands there that may not be entered: it is as if the rules refused it. */
void look_at_foreign(struct watch *watch, const struct event *event, const struct place *place);
/* Reports without lstat(2) what the last event says. */
void look_without_stat(struct watch *watch, const struct event *event, const struct place *place);

#endif
