#include "watch/seen.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 4096u

struct seen_name {
	uint32_t hash, begun;
};

void seen_init(struct seen_names *seen)
{
	seen->slots = grow_array(NULL, SLOTS, sizeof(*seen->slots));
	memset(seen->slots, 0, SLOTS * sizeof(*seen->slots));
	seen->repeated = 0;
}

void seen_free(struct seen_names *seen)
{
	free(seen->slots);
}

void seen_note(struct seen_names *seen, uint64_t hash, uint32_t begun)
{
	struct seen_name *name = &seen->slots[(hash >> 32) % SLOTS];

	if (name->hash == (uint32_t)hash && name->begun + 1 == begun)
		seen->repeated++;
	*name = (struct seen_name){ .hash = (uint32_t)hash, .begun = begun };
}
