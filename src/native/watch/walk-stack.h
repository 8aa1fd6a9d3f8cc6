/* The directories a walk is still going to list; the one found last comes first. */
#ifndef CLSYNC_WALK_STACK_H
#define CLSYNC_WALK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unlisted {
	uint32_t node;
	/*
	 * Its descriptor if it is still open from when it was found, else -1. Owned by the entry.
	 */
	int fd;
	/* It is synced but not entered: all that is in it counts as refused. */
	bool closed;
};

struct walk_stack {
	struct unlisted *list;
	size_t count, capacity;
	/* How many have their descriptor open. */
	unsigned open;
};

/* Takes the descriptor (or -1) over. */
void walk_stack_push(struct walk_stack *stack, uint32_t node, int fd, bool closed);
/* Hands the entry over with its descriptor; false when there is none. */
bool walk_stack_pop(struct walk_stack *stack, struct unlisted *next);
void walk_stack_free(struct walk_stack *stack);

#endif
