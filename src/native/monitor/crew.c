#include "monitor/crew.h"

#include "monitor/ends.h"
#include "monitor/group.h"
#include "monitor/look.h"
#include "monitor/places.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Input, two outputs, channel; then peers, leash, wire, what is granted, and places. */
#define INHERITED_MAX (4 + PEERS_MAX + 2 + GRANTED_MAX + PLACES_MAX)

static pid_t running[MEMBERS_MAX];
/* 0: none; what that would be the monitor has for itself. */
static int leashes[MEMBERS_MAX];
static bool started_before;

/*
 * In the child: puts the descriptors into their places and executes the launcher. They are moved
 * out of each other's way first.
 */
static _Noreturn void become(const struct frozen_member *member, const struct ends *ends,
                             const int *places)
{
	int wanted[INHERITED_MAX], count = 0;
	char number[16];

	wanted[count++] = ends->input[0];
	wanted[count++] = member->outputs[0];
	wanted[count++] = member->outputs[1];
	wanted[count++] = ends->channel[1];
	for (uint32_t i = 0; i < ends->peer_count; i++)
		wanted[count++] = ends->peers[i];
	wanted[count++] = ends->leash[1];
	snprintf(number, sizeof(number), "%d", count);
	wanted[count++] = ends->wire[1];
	for (uint32_t i = 0; i < member->granted_count; i++)
		wanted[count++] = member->granted[i];
	for (uint32_t i = 0; i < member->place_count; i++)
		wanted[count++] = places[member->places[i]];
	for (int i = 0; i < count; i++)
		if ((wanted[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, count)) < 0)
			_exit(127);
	for (int i = 0; i < count; i++)
		if (dup2(wanted[i], i) < 0)
			_exit(127);
	close_range((unsigned)count, ~0u, 0);

	char *arguments[] = { (char *)frozen->launcher, number, NULL }, *none[] = { NULL };
	execve(frozen->launcher, arguments, none);
	_exit(127);
}

/* The launcher reports on the wire if it cannot take the specification. */
static void send_specification(int wire, const struct frozen_member *member)
{
	for (size_t sent = 0; sent < member->length;) {
		ssize_t length = send(wire, member->specification + sent, member->length - sent,
		                      MSG_NOSIGNAL);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			break;
		sent += (size_t)length;
	}
	shutdown(wire, SHUT_WR);
}

static bool fork_members(uint32_t wanted, struct ends *all, const int *places,
                         struct crew_started *started)
{
	for (uint32_t i = 0; i < frozen->member_count; i++) {
		if (!is_in(wanted, i))
			continue;
		pid_t child = fork();

		if (child == 0)
			become(&frozen->members[i], &all[i], places);
		if (child < 0)
			return false;
		running[i] = started->pids[i] = child;
		leashes[i] = all[i].leash[0];
		all[i].leash[0] = -1;
	}
	return true;
}

/* Hands our ends to `started`, and closes the members'. */
static void hand_over(uint32_t wanted, struct ends *all, struct crew_started *started)
{
	for (uint32_t i = 0; i < frozen->member_count; i++) {
		if (!is_in(wanted, i))
			continue;
		started->channels[i] = all[i].channel[0];
		started->wires[i] = all[i].wire[0];
		all[i].channel[0] = all[i].wire[0] = -1;
		ends_close(&all[i]);
		send_specification(started->wires[i], &frozen->members[i]);
	}
}

static void fork_crew(uint32_t wanted, const int *places, struct crew_started *started)
{
	struct ends all[MEMBERS_MAX];
	bool ready = true;

	for (uint32_t i = 0; i < MEMBERS_MAX; i++)
		all[i] = ENDS_CLOSED;
	for (uint32_t i = 0; ready && i < frozen->member_count; i++)
		ready = !is_in(wanted, i) || ends_open(&all[i]);
	if (ready && ends_join(wanted, running, all) &&
	    fork_members(wanted, all, places, started)) {
		hand_over(wanted, all, started);
		return;
	}
	started->fault = FAULT_START;
	started->error = errno;
	for (uint32_t i = 0; i < frozen->member_count; i++) {
		ends_close(&all[i]);
		if (is_in(wanted, i))
			crew_kill(i);
	}
}

/* Takes what the members need as `needed`. Returns false where one of them runs. */
static bool prepare(uint32_t wanted, bool *needed)
{
	for (uint32_t i = 0; i < frozen->member_count; i++) {
		const struct frozen_member *member = &frozen->members[i];

		if (!is_in(wanted, i))
			continue;
		/* One that was killed and still runs waits in the kernel: it is left to it. */
		if (leashes[i] > 0)
			return false;
		for (uint32_t place = 0; place < member->place_count; place++)
			needed[member->places[place]] = true;
	}
	return true;
}

void crew_start(uint32_t wanted, struct crew_started *started)
{
	int places[PLACES_MAX];
	bool needed[PLACES_MAX] = { false };

	if (wanted == 0)
		wanted = ~0u;
	*started = (struct crew_started){ .fault = FAULT_START, .error = EBUSY };
	if (!prepare(wanted, needed))
		return;
	started->fault = FAULT_PLACE;
	if ((started->error = places_open(needed, places)) != 0)
		return;
	started->fault = FAULT_GROUP;
	/* Before the first start the master has made it. */
	if (!started_before || (started->error = group_renew(places)) == 0) {
		started_before = true;
		look_in_haste();
		started->fault = FAULT_NONE;
		fork_crew(wanted, places, started);
	}
	places_close(places);
}

void crew_kill(uint32_t member)
{
	if (member < MEMBERS_MAX && leashes[member] > 0) {
		close(leashes[member]);
		leashes[member] = 0;
	}
}

int crew_ended(pid_t pid)
{
	for (uint32_t i = 0; i < frozen->member_count; i++)
		if (running[i] == pid) {
			running[i] = 0;
			crew_kill(i);
			ends_member_ended(i);
			return (int)i;
		}
	return -1;
}

bool crew_is_running(void)
{
	for (uint32_t i = 0; i < frozen->member_count; i++)
		if (running[i] != 0)
			return true;
	return false;
}
