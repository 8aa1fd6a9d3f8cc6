/* The daemon's state and settings for the handler, in the layout of include/clsync/ctx.h. */
#ifndef CLSYNC_HOST_CONTEXT_H
#define CLSYNC_HOST_CONTEXT_H

#include "host/message.h"

#include <clsync/ctx.h>

/* Values of ctx.state. */
enum state { STATE_ENDING = 0, STATE_BEGINNING = 1, STATE_RUNNING = 2 };

/* The handler gets a pointer to this. */
extern struct ctx context;

/*
 * Fills it; may be called once only, as the handler may keep pointers into it. `handler`: the name
 * of the shared object; the pointer is kept.
 */
void take_context(struct message *message, char *handler);

#endif
