/*
 * The clerk: the process of the monitor that hears the master. It does what concerns files itself,
 * with few capabilities and few system calls: it can execute nothing, change no ids, mount nothing
 * and make no memory. What concerns processes it asks of the process that starts the members
 * (monitor.c), which knows as many words, and cannot be reached otherwise.
 */
#include "monitor/clerk.h"

#include "common/seccomp-filter.h"
#include "launch/failure.h"
#include "monitor/errand.h"
#include "monitor/frozen.h"
#include "monitor/look.h"
#include "monitor/refused.h"
#include "monitor/words.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its descriptors: the master, and the process that starts the members. */
#define REQUESTS 3
#define STARTER 4

/* The number of WORD_PUT: a file, one of its texts, and whether only where there is none. */
#define PUT_FILE 0xffu
#define PUT_TEXT_SHIFT 8
#define PUT_IF_MISSING (1u << 16)

/* The number of WORD_PART: a file, one of its texts, and the number of what is in it. */
#define PART_FILE 0xffu
#define PART_TEXT_SHIFT 8
#define PART_NUMBER_SHIFT 16

/*
 * The number of WORD_WRITE: a file, whether only where there is none, and how many bytes follow,
 * which become its content.
 */
#define WRITE_FILE 0xffu
#define WRITE_IF_MISSING (1u << 8)
#define WRITE_LENGTH_SHIFT 9
#define WRITE_MAX 65536

static void answer_with(const struct answer *given, const int *fds, size_t count)
{
	struct answer all = *given;

	refused_tell(&all);
	send_answer(REQUESTS, &all, fds, count);
}

static void answer(const struct answer *given)
{
	answer_with(given, NULL, 0);
}

static void look(uint32_t number)
{
	struct answer answer = { .fault = FAULT_FILE, .error = EINVAL };

	if (number < frozen->look_count) {
		int error = look_at(number, answer.text);

		answer.fault = error == 0            ? FAULT_NONE
		               : error == LOOK_WAITS ? FAULT_WAIT
		                                     : FAULT_FILE;
		answer.error = (uint32_t)(error == LOOK_WAITS ? errno : error);
	}
	answer_with(&answer, NULL, 0);
}

/* Has it done, and answers. */
static void see_to(const struct file_work *work)
{
	int descriptor, error = errand_do(work, &descriptor);
	struct answer answer = { .fault = error == 0            ? FAULT_NONE
		                          : error == LOOK_WAITS ? FAULT_WAIT
		                                                : FAULT_FILE,
		                 .error = (uint32_t)(error == LOOK_WAITS ? errno : error) };

	answer_with(&answer, &descriptor, descriptor >= 0 ? 1 : 0);
}

/* Returns false where the master has ended, or says too much. */
static bool write_file(uint32_t number)
{
	static uint8_t content[WRITE_MAX];
	const uint32_t length = number >> WRITE_LENGTH_SHIFT;

	if (length > sizeof(content) ||
	    (length > 0 && recv(REQUESTS, content, length, MSG_WAITALL) != (ssize_t)length))
		return false;
	see_to(&(struct file_work){ .word = WORD_WRITE,
	                            .file = number & WRITE_FILE,
	                            .if_missing = (number & WRITE_IF_MISSING) != 0,
	                            .bytes = content,
	                            .length = length });
	return true;
}

/* Without the one that starts the members nothing can be done, and they have ended. */
static _Noreturn void leave_alone(void)
{
	errand_remove_all(REMOVAL_PATIENCE);
	_exit(1);
}

/* Has the other process do it. Returns the number of descriptors. */
static int hand_on(enum word word, uint32_t number, struct answer *given,
                   int fds[ANSWER_DESCRIPTORS])
{
	int count = ask(STARTER, &(struct request){ word, number }, given, fds);

	if (count < 0)
		leave_alone();
	return count;
}

static void pass_on(const struct request *request)
{
	struct answer given;
	int fds[ANSWER_DESCRIPTORS], count = hand_on(request->word, request->number, &given, fds);

	answer_with(&given, fds, (size_t)count);
}

/* Both processes may have some that look. */
static void leave(void)
{
	struct answer given, own = { 0 };
	int fds[ANSWER_DESCRIPTORS];
	size_t count = 0;

	hand_on(WORD_LEAVE, 0, &given, fds);
	const size_t named = errand_end(own.pids, MEMBERS_MAX);
	look_end(own.pids + named, MEMBERS_MAX - named);
	for (size_t i = 0; i < MEMBERS_MAX && own.pids[count] != 0; i++)
		if (given.pids[i] == 0)
			given.pids[i] = own.pids[count++];
	answer(&given);
}

/* Those that wait for a file system are named in the answer. */
static void end(uint32_t patience, int removal, struct answer *named)
{
	struct answer given;
	int fds[ANSWER_DESCRIPTORS];

	hand_on(WORD_END, patience, &given, fds);
	errand_remove_all(removal);
	errand_end(named->pids, MEMBERS_MAX);
}

/* Returns false at the end of the master. */
static bool serve(void)
{
	struct request request;
	struct answer last = { 0 };
	ssize_t length = recv(REQUESTS, &request, sizeof(request), MSG_WAITALL);

	if (length != sizeof(request) ||
	    (request.word == WORD_WRITE && !write_file(request.number))) {
		end(PATIENCE, REMOVAL_PATIENCE, &last);
		return false;
	}
	switch (request.word) {
	case WORD_LOOK:
		look(request.number);
		break;
	case WORD_OPEN:
		see_to(&(struct file_work){ .word = WORD_OPEN, .file = request.number });
		break;
	case WORD_PART:
		see_to(&(struct file_work){ .word = WORD_PART,
		                            .file = request.number & PART_FILE,
		                            .text = request.number >> PART_TEXT_SHIFT & 0xff,
		                            .part = request.number >> PART_NUMBER_SHIFT });
		break;
	case WORD_PUT:
		see_to(&(struct file_work){ .word = WORD_PUT,
		                            .file = request.number & PUT_FILE,
		                            .text = request.number >> PUT_TEXT_SHIFT & 0xff,
		                            .if_missing = (request.number & PUT_IF_MISSING) != 0 });
		break;
	case WORD_WRITE:
		break;
	case WORD_LEAVE:
		leave();
		break;
	case WORD_END:
		end(request.number < PATIENCE ? request.number : PATIENCE,
		    request.number == 0 ? REMOVAL_IN_HASTE : REMOVAL_ORDERED, &last);
		answer(&last);
		return false;
	case WORD_START:
		/* Whatever was slow at first has been done by then. */
		look_in_haste();
		pass_on(&request);
		break;
	default:
		pass_on(&request);
	}
	return true;
}

static void reap(void)
{
	for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
		look_ended(pid);
		errand_ended(pid);
	}
}

/* No others in any set: it executes nothing, so that none comes back. */
static void keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	for (unsigned long capability = 0; capability < 64; capability++)
		if ((kept >> capability & 1) == 0)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	if (syscall(SYS_capget, &header, sets) != 0)
		fail(errno, "capget");
	for (int half = 0; half < 2; half++) {
		const uint32_t mask = (uint32_t)(kept >> 32 * half);

		sets[half].permitted &= mask;
		sets[half].effective &= mask;
		sets[half].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, sets) != 0)
		fail(errno, "capset");
}

static void keep_calls(void)
{
	struct sock_fprog program;

	if (frozen->clerk_filter_length == 0)
		return;
	refused_begin();
	if (!seccomp_filter(frozen->clerk_filter, frozen->clerk_filter_length, &program))
		fail(EBADMSG, "the filter");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail(errno, "PR_SET_NO_NEW_PRIVS");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		fail(errno, "the filter");
}

_Noreturn void clerk_run(int starter)
{
	struct pollfd sources[] = { { .fd = REQUESTS, .events = POLLIN },
		                    { .fd = STARTER, .events = POLLIN } };

	prctl(PR_SET_NAME, "clsync-clerk");
	if (starter != STARTER && dup2(starter, STARTER) < 0)
		fail(errno, "dup2");
	if (close_range(STARTER + 1, ~0u, 0) != 0)
		fail(errno, "close_range");
	keep_capabilities(frozen->clerk_capabilities);
	keep_calls();
	for (;;) {
		/* Those who look end by themselves; they are reaped at the next word. */
		if (poll(sources, 2, -1) < 0)
			continue;
		reap();
		if (sources[0].revents != 0) {
			if (!serve())
				_exit(0);
		} else if (sources[1].revents != 0)
			leave_alone();
	}
}
