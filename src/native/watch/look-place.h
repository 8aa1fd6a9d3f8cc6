/* What an event at a place is reported as, once it is known what stands there. */
#ifndef CLSYNC_LOOK_PLACE_H
#define CLSYNC_LOOK_PLACE_H

#include "watch/place.h"
#include "watch/queue.h"
#include "watch/report.h"
#include "watch/watch.h"

/* A finding with what the event says. */
struct finding *report_event(struct watch *watch, enum finding_kind kind, const struct event *event,
                             const struct place *place);
/* The kernel's name of a file without one; a file may be called so, too. */
bool is_number(const struct place *place);
/* Nothing (`status` NULL), or no directory, stands there (any longer). */
void look_at_other(struct watch *watch, const struct event *event, const struct place *place,
                   const struct stat *status);
void look_at_directory(struct watch *watch, const struct event *event, const struct place *place,
                       const struct stat *status);
/* Without lstat(2): what the last event says. */
void look_without_stat(struct watch *watch, const struct event *event, const struct place *place);

#endif
