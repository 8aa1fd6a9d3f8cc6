#include "monitor/ends.h"

#include "monitor/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where the member that several others are paired with hears of those that join it later. */
static int joining = -1;

static void close_ends(int *ends)
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
		ends[i] = -1;
	}
}

void ends_close(struct ends *ends)
{
	close_ends(ends->channel);
	close_ends(ends->wire);
	close_ends(ends->leash);
	close_ends(ends->input);
	for (uint32_t i = 0; i < ends->peer_count; i++)
		close(ends->peers[i]);
	ends->peer_count = 0;
}

bool ends_open(struct ends *ends)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC;

	return socketpair(AF_UNIX, type, 0, ends->channel) == 0 &&
	       socketpair(AF_UNIX, type, 0, ends->wire) == 0 &&
	       socketpair(AF_UNIX, type, 0, ends->leash) == 0 && pipe2(ends->input, O_CLOEXEC) == 0;
}

/* Sends the member that runs its end, with the number of the one that joins it. */
static bool send_end(uint32_t joined, int end)
{
	uint8_t number = (uint8_t)joined;

	if (joining < 0) {
		errno = EPIPE;
		return false;
	}
	return send_with(joining, &number, sizeof(number), &end, 1);
}

/*
 * Who is not wanted gets no end, and the other one finds it closed; who runs already is sent it.
 */
static bool pair_up(uint32_t wanted, const pid_t *running, const uint32_t members[2],
                    struct ends *all)
{
	int pair[2];
	bool done = true;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	for (int end = 0; end < 2; end++) {
		struct ends *ends = &all[members[end]];

		if (is_in(wanted, members[end])) {
			ends->peers[ends->peer_count++] = pair[end];
			continue;
		}
		if (running[members[end]] != 0)
			done &= send_end(members[1 - end], pair[end]);
		close(pair[end]);
	}
	return done;
}

/* The member with the highest number of several pairs, which is in all of them. */
static uint32_t joined_member(void)
{
	return frozen->pair_count > 1 ? frozen->pairs[0][1] : MEMBERS_MAX;
}

/* Whoever joins later must not wait for it: messages that it does not take are an error. */
static bool open_joining(struct ends *ends)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return false;
	if (joining >= 0)
		close(joining);
	joining = pair[0];
	ends->peers[ends->peer_count++] = pair[1];
	return true;
}

bool ends_join(uint32_t wanted, const pid_t *running, struct ends *all)
{
	const uint32_t joined = joined_member();

	for (uint32_t i = 0; i < frozen->pair_count; i++)
		if ((is_in(wanted, frozen->pairs[i][0]) || is_in(wanted, frozen->pairs[i][1])) &&
		    !pair_up(wanted, running, frozen->pairs[i], all))
			return false;
	return joined == MEMBERS_MAX || !is_in(wanted, joined) || open_joining(&all[joined]);
}

void ends_member_ended(uint32_t member)
{
	if (member != joined_member() || joining < 0)
		return;
	close(joining);
	joining = -1;
}
