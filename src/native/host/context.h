/* What the handler is told of the daemon, in the layout that include/clsync/ctx.h promises. */
#ifndef CLSYNC_HOST_CONTEXT_H
#define CLSYNC_HOST_CONTEXT_H

#include "host/message.h"

#include <clsync/ctx.h>

/* Values of ctx.state. */
enum state { STATE_ENDING = 0, STATE_BEGINNING = 1, STATE_RUNNING = 2 };

/* What the handler is given a pointer to. */
extern struct ctx context;

/* Fills it, once: the handler may hold on to what is in it. `handler`: the object's name, kept. */
void take_context(struct message *message, char *handler);

#endif
