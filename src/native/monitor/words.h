/*
 * What the master says to the clerk, and the clerk to the process that starts the members: see
 * src/master/monitor/frozen-wire.ts.
 */
#ifndef CLSYNC_MONITOR_WORDS_H
#define CLSYNC_MONITOR_WORDS_H

#include "common/identity.h"
#include "monitor/crew.h"

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds that everything has to end when the master has ended. */
#define PATIENCE 2000
/*
 * Milliseconds for the removal of what is the daemon's: on a machine that does nothing else it
 * takes a few. Less when somebody has ordered the end, and waits for it; in haste when something
 * is left to the kernel anyway.
 */
#define REMOVAL_PATIENCE 2000
#define REMOVAL_ORDERED 500
#define REMOVAL_IN_HASTE 250

enum word {
	WORD_START = 1,
	WORD_KILL = 2,
	WORD_END = 3,
	WORD_ACCEPT = 4,
	WORD_GROUP = 5,
	WORD_LOOK = 6,
	WORD_OPEN = 7,
	WORD_PUT = 8,
	WORD_LEAVE = 9,
	WORD_WRITE = 10,
	WORD_PART = 11
};

struct request {
	uint32_t word, number;
};

/*
 * `refused`: a system call that the clerk or one of its children was refused since its last answer,
 * how often, and the clerk.
 */
struct answer {
	uint32_t fault, error;
	struct {
		uint32_t call, times;
		int32_t clerk;
	} refused;
	int32_t pids[MEMBERS_MAX];
	char text[IDENTITY_SIZE];
};

#define ANSWER_DESCRIPTORS (2 * MEMBERS_MAX)

/* Sends bytes, and descriptors with them. Returns whether there was room for them. */
bool send_with(int socket, const void *bytes, size_t length, const int *fds, size_t count);

/*
 * Receives as many bytes, and the descriptors that came with them (close-on-exec). Returns their
 * number, or -1: the other side has ended, or has sent something else.
 */
int receive_with(int socket, void *bytes, size_t length, int fds[ANSWER_DESCRIPTORS]);

/* The descriptors are sent along and closed. */
void send_answer(int socket, const struct answer *answer, const int *fds, size_t count);

/*
 * Says a word and waits for the answer to it. Returns the number of descriptors that came with it,
 * or -1: the other side has ended.
 */
int ask(int socket, const struct request *request, struct answer *answer,
        int fds[ANSWER_DESCRIPTORS]);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t milliseconds(void);

#endif
