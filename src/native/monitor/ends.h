/* The descriptors of members that are started: those of the monitor, and theirs. */
#ifndef CLSYNC_MONITOR_ENDS_H
#define CLSYNC_MONITOR_ENDS_H

#include "monitor/frozen.h"

#include <stdbool.h>
#include <sys/types.h>

/* And where others may join. */
#define PEERS_MAX (PAIRS_MAX + 1)

/* Our ends and the member's. */
struct ends {
	int channel[2], wire[2], leash[2], input[2];
	int peers[PEERS_MAX];
	uint32_t peer_count;
};

#define ENDS_CLOSED ((struct ends){ { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 }, { 0 }, 0 })

/* Members as a set, a bit each. */
static inline bool is_in(uint32_t wanted, uint32_t member)
{
	return (wanted >> member & 1) != 0;
}

/* Those of one member, but for its peers. Returns false with errno set. */
bool ends_open(struct ends *ends);

/*
 * Those between the members that are wanted and their peers. `running`: the processes of all
 * members. Returns false with errno set.
 */
bool ends_join(uint32_t wanted, const pid_t *running, struct ends *all);

void ends_close(struct ends *ends);

/* None joins it any longer. */
void ends_member_ended(uint32_t member);

#endif
