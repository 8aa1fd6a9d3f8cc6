#include "monitor/errand.h"

#include "monitor/frozen.h"
#include "monitor/log-file.h"
#include "monitor/look.h"
#include "monitor/words.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Descriptors of the process that is sent: those that it has are above them. */
#define ANSWERS 3
#define DIRECTORY 4
#define LOCK 5
#define DESCRIPTORS 3

/*
 * What has come of it. The descriptors come with it, in this order, where they are there. No bool,
 * as its bytes come from another process.
 */
struct outcome {
	int32_t error;
	uint8_t is_there[DESCRIPTORS]; /* the directory, the lock, what was opened */
	uint8_t is_kept;               /* the process keeps the lock itself */
	struct file_state state;
};

/* Those that are under way, by file. One that was killed and named is not sent again. */
static struct {
	pid_t pid;
	int socket;
	bool is_sent, is_given_up;
} sent[FILES_MAX];

/*
 * Whether its lock is an open file: to close that may be to wait for ever, too. So the process that
 * has written it keeps it, until the other end of its socket is closed, which `lock` is here.
 */
static bool is_locked_file(uint32_t file)
{
	const enum file_kind kind = frozen->files[file].kind;

	return kind == FILE_TEXT || kind == FILE_WRITTEN;
}

static int keep(int from, int as)
{
	return from < 0 ? -1 : dup2(from, as);
}

/*
 * It holds nothing else: neither locks of other files, for which another daemon would wait as long
 * as it does, nor what others end with.
 */
static _Noreturn void go(int socket, pid_t parent, const struct file_work *work)
{
	struct file_state *state = files_state(work->file);
	struct outcome outcome;
	int opened = -1, log = -1, line = -1, fds[DESCRIPTORS];
	size_t count = 0;

	memset(&outcome, 0, sizeof(outcome));
	prctl(PR_SET_NAME, "clsync-file");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    keep(socket, ANSWERS) < 0)
		_exit(1);
	state->directory = keep(state->directory, DIRECTORY);
	state->lock = is_locked_file(work->file) ? -1 : keep(state->lock, LOCK);
	if (state->directory < 0)
		close(DIRECTORY);
	if (close_range(state->lock < 0 ? LOCK : LOCK + 1, ~0u, 0) != 0)
		_exit(1);
	outcome.error = files_do(work, &opened);
	if (outcome.error == 0 && frozen->files[work->file].kind == FILE_APPEND) {
		log = log_lead(&opened, &line);
		outcome.error = log < 0 ? errno : 0;
	}
	outcome.state = *state;
	outcome.is_kept = is_locked_file(work->file) && state->lock >= 0;
	const int all[DESCRIPTORS] = { state->directory, outcome.is_kept ? -1 : state->lock,
		                       opened };
	for (int i = 0; i < DESCRIPTORS; i++) {
		outcome.is_there[i] = all[i] >= 0;
		if (all[i] >= 0)
			fds[count++] = all[i];
	}
	send_with(ANSWERS, &outcome, sizeof(outcome), fds, count);
	if (state->directory >= 0)
		close(state->directory);
	if (log >= 0) {
		close(opened);
		close(ANSWERS);
		log_carry(line, log);
	}
	while (outcome.is_kept && recv(ANSWERS, &outcome.error, sizeof(outcome.error), 0) > 0)
		;
	_exit(0);
}

/* Returns 0 or errno: then there can be no other process, and it is done here. */
static int begin(const struct file_work *work)
{
	const pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	files_state(work->file); /* what is known of it is to be known to both */
	pid_t child = fork();
	if (child == 0)
		go(pair[1], parent, work);
	const int error = errno;
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return error;
	}
	sent[work->file].is_sent = true;
	sent[work->file].pid = child;
	sent[work->file].socket = pair[0];
	return 0;
}

/* In place of one that was open. */
static void replace(int *kept, int with)
{
	if (*kept >= 0)
		close(*kept);
	*kept = with;
}

/* The process is over, or has said what it had to say. Returns 0 or errno. */
static int take(uint32_t file, int *descriptor)
{
	struct file_state *state = files_state(file);
	int fds[ANSWER_DESCRIPTORS], count, next = 0, all[DESCRIPTORS];
	struct outcome outcome;

	*descriptor = -1;
	const int socket = sent[file].socket;
	count = receive_with(socket, &outcome, sizeof(outcome), fds);
	sent[file].is_sent = false;
	sent[file].pid = 0;
	if (count < 0 || !outcome.is_kept)
		close(socket);
	if (count < 0)
		return EIO;
	for (int i = 0; i < DESCRIPTORS; i++)
		all[i] = outcome.is_there[i] && next < count ? fds[next++] : -1;
	while (next < count)
		close(fds[next++]);
	replace(&state->directory, all[0]);
	if (outcome.is_kept)
		replace(&state->lock, socket);
	else if (!is_locked_file(file))
		replace(&state->lock, all[1]);
	state->device = outcome.state.device;
	state->inode = outcome.state.inode;
	*descriptor = all[2];
	return outcome.error;
}

static bool is_answered(uint32_t file, int64_t until)
{
	struct pollfd source = { .fd = sent[file].socket, .events = POLLIN };
	const int64_t left = until - milliseconds();

	return poll(&source, 1, left > 0 ? (int)left : 0) == 1;
}

/* Takes what an earlier one has done meanwhile. Returns false while it waits. */
static bool is_free(uint32_t file)
{
	int opened;

	if (!sent[file].is_sent)
		return true;
	if (!is_answered(file, 0))
		return false;
	take(file, &opened);
	if (opened >= 0)
		close(opened); /* nobody waits for it any longer */
	return true;
}

int errand_do(const struct file_work *work, int *descriptor)
{
	*descriptor = -1;
	if (work->file >= frozen->file_count)
		return EINVAL;
	if (!is_free(work->file)) {
		errno = EBUSY;
		return LOOK_WAITS;
	}
	if (begin(work) != 0)
		return files_do(work, descriptor);
	if (is_answered(work->file, look_deadline()))
		return take(work->file, descriptor);
	errno = ETIMEDOUT;
	return LOOK_WAITS;
}

/* What lies in /run, and is removed in order. */
static bool is_left(uint32_t file)
{
	const enum file_kind kind = frozen->files[file].kind;

	return kind == FILE_LEFT || kind == FILE_LEFT_DIRECTORY;
}

/* What others made, and what is read later: nobody waits to leave it as it is. */
static bool stays(uint32_t file)
{
	const enum file_kind kind = frozen->files[file].kind;

	return kind == FILE_READ || kind == FILE_APPEND || kind == FILE_DUMP;
}

/* Whether one waits for a file system, on which others may be, too. */
static bool one_waits(void)
{
	for (uint32_t i = 0; i < frozen->file_count; i++)
		if (sent[i].is_given_up || !is_free(i))
			return true;
	return false;
}

void errand_remove_all(int patience)
{
	const bool hastens = patience > REMOVAL_IN_HASTE && one_waits();
	const int64_t until = milliseconds() + (hastens ? REMOVAL_IN_HASTE : patience);
	bool is_removed[FILES_MAX];
	int none;

	for (uint32_t i = 0; i < frozen->file_count; i++) {
		const struct file_work work = { .word = WORD_END, .file = i };

		is_removed[i] = false;
		if (stays(i))
			continue;
		if (!is_left(i) && (sent[i].is_given_up || !is_free(i)))
			continue;
		is_removed[i] = !is_left(i) && begin(&work) == 0;
		if (!is_removed[i])
			files_do(&work, &none);
	}
	for (uint32_t i = 0; i < frozen->file_count; i++)
		if (is_removed[i] && is_answered(i, until))
			take(i, &none);
}

void errand_ended(pid_t pid)
{
	for (uint32_t i = 0; i < FILES_MAX; i++)
		if (sent[i].pid == pid)
			sent[i].pid = 0;
}

size_t errand_end(int32_t *pids, size_t size)
{
	size_t count = 0;

	for (uint32_t i = 0; i < FILES_MAX; i++)
		if (sent[i].pid != 0 && !sent[i].is_given_up) {
			kill(sent[i].pid, SIGKILL);
			sent[i].is_given_up = true;
			if (count < size)
				pids[count++] = sent[i].pid;
		}
	return count;
}
