#include "watch/walk-stack.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Directories kept open between being found and being listed: those found last, which are listed
 * first. The others are opened once more.
 */
#define KEPT_OPEN 256u

static void close_first(struct walk_stack *stack)
{
	while (stack->list[stack->first_open].fd < 0)
		stack->first_open++;
	close(stack->list[stack->first_open].fd);
	stack->list[stack->first_open].fd = -1;
	stack->open--;
}

void walk_stack_push(struct walk_stack *stack, uint32_t node, int fd, bool closed)
{
	if (stack->count == stack->capacity) {
		stack->capacity = stack->capacity ? stack->capacity * 2 : 256;
		stack->list = grow_array(stack->list, stack->capacity, sizeof(struct unlisted));
	}
	if (fd >= 0 && stack->open++ >= KEPT_OPEN)
		close_first(stack);
	stack->list[stack->count++] = (struct unlisted){ .node = node, .fd = fd, .closed = closed };
}

bool walk_stack_pop(struct walk_stack *stack, struct unlisted *next)
{
	if (stack->count == 0)
		return false;
	*next = stack->list[--stack->count];
	if (stack->first_open > stack->count)
		stack->first_open = stack->count;
	if (next->fd >= 0)
		stack->open--;
	return true;
}

void walk_stack_free(struct walk_stack *stack)
{
	struct unlisted unlisted;

	while (walk_stack_pop(stack, &unlisted))
		if (unlisted.fd >= 0)
			close(unlisted.fd);
	free(stack->list);
	*stack = (struct walk_stack){ 0 };
}
