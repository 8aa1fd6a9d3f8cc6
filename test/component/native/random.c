#include "random.h"

static uint64_t state;

uint32_t draw(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11) % limit;
}

void draw_seed(uint64_t seed)
{
	state = seed * 2654435761u + 88172645463325252u;
}
