/* The directories that a walk has yet to list; the one found last comes first. */
#ifndef CLSYNC_WALK_STACK_H
#define CLSYNC_WALK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unlisted {
	uint32_t node;
	/*
	 * Its descriptor, if it has been kept open since it was found; else -1. Owned by the entry.
	 */
	int fd;
	/* It is synced but not entered: everything in it is refused. */
	bool closed;
};

struct walk_stack {
	struct unlisted *list;
	size_t count, capacity;
	/* Number of open descriptors, and an index below which there are none. */
	unsigned open;
	size_t first_open;
};

/* Takes over the descriptor (or -1). */
void walk_stack_push(struct walk_stack *stack, uint32_t node, int fd, bool closed);
/* Hands the entry over with its descriptor; false when there is none. */
bool walk_stack_pop(struct walk_stack *stack, struct unlisted *next);
void walk_stack_free(struct walk_stack *stack);

#endif
