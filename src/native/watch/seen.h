/* Which names were in the records that a queue handed over last; one may push another out. */
#ifndef CLSYNC_SEEN_H
#define CLSYNC_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct seen_name;

struct seen_names {
	struct seen_name *slots;
	/* How many names of the records now had one among those, too. */
	size_t repeated;
};

void seen_init(struct seen_names *seen);
void seen_free(struct seen_names *seen);
/* A name has come into the records. `begun`: how often records were handed over before. */
void seen_note(struct seen_names *seen, uint64_t hash, uint32_t begun);

#endif
