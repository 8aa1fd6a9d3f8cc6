#include "launch/resolver.h"

#include "common/landlock.h"
#include "common/seccomp-filter.h"
#include "common/whereabouts.h"
#include "launch/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The only descriptors of the process, besides one that a question opens. */
enum { PEER = 0, ROOT = 1 };

/* The filter knows no other: what is opened is a directory, and can be neither read nor listed. */
#define OPENED (O_PATH | O_DIRECTORY | O_CLOEXEC)
/* How often the path of the watch directory itself may change meanwhile. */
#define TRIES 16

/*
 * Writes the path of an open directory as this process sees it, with its NUL; 0 or an errno value.
 * getcwd(2) tells in one step, of a directory that has been removed ENOENT, and begins what cannot
 * be reached from the root, or lies outside of the mount, with something other than a slash.
 */
static int path_of(int directory, char path[PATH_MAX])
{
	if (fchdir(directory) != 0)
		return errno;
	return syscall(SYS_getcwd, path, PATH_MAX) < 0 ? errno : 0;
}

static enum whereabouts because(int error)
{
	switch (error) {
	case ESTALE:
	case ENOENT:
	case ENOTDIR:
		return WHERE_GONE;
	case ERANGE:
	case ENAMETOOLONG:
		return WHERE_TOO_LONG;
	default:
		return WHERE_UNKNOWN;
	}
}

static enum whereabouts beneath(const char *root, char path[PATH_MAX])
{
	size_t length = strlen(root);

	if (path[0] != '/')
		return WHERE_OUTSIDE;
	if (length == 1)
		length = 0;
	if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return WHERE_OUTSIDE;
	if (path[length] == '/')
		length++;
	memmove(path, path + length, strlen(path + length) + 1);
	return WHERE_BENEATH;
}

/* The working directory is one of the file system that the handle is of, before and after. */
static enum whereabouts look_up(struct file_handle *handle, char path[PATH_MAX])
{
	char before[PATH_MAX], after[PATH_MAX];

	for (int tries = 0; tries < TRIES; tries++) {
		int error = path_of(ROOT, before), directory;

		if (error || before[0] != '/')
			return error == ENOENT ? WHERE_GONE : WHERE_UNKNOWN;
		directory = open_by_handle_at(AT_FDCWD, handle, OPENED);
		if (directory < 0)
			return because(errno);
		error = path_of(directory, path);
		close(directory);
		if (path_of(ROOT, after) != 0)
			return WHERE_UNKNOWN;
		if (error)
			return because(error);
		if (strcmp(before, after) == 0)
			return beneath(before, path);
	}
	return WHERE_UNKNOWN;
}

static _Noreturn void serve(void)
{
	struct whereabouts_question question;
	struct whereabouts_answer answer;
	struct {
		struct file_handle head;
		uint8_t bytes[sizeof(question.handle)];
	} handle;
	const size_t head = sizeof(question) - sizeof(question.handle);

	for (;;) {
		ssize_t got = read(PEER, &question, sizeof(question));
		size_t length;

		if (got < (ssize_t)head)
			_exit(0);
		handle.head.handle_type = question.type;
		handle.head.handle_bytes = (unsigned)((size_t)got - head);
		memcpy(handle.bytes, question.handle, handle.head.handle_bytes);
		answer.where = look_up(&handle.head, answer.path);
		length = answer.where == WHERE_BENEATH ? strlen(answer.path) : 0;
		if (write(PEER, &answer, sizeof(answer.where) + length) < 0)
			_exit(1);
	}
}

static void restrict_itself(uint64_t files, const struct sock_fprog *filter)
{
	struct landlock_rights refused = { .files = files };
	int rules = files ? landlock_create(&refused) : -1;

	if (files && (rules < 0 || !landlock_restrict(rules)))
		_exit(1);
	if (rules >= 0)
		close(rules);
	if (filter->len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) != 0)
		_exit(1);
}

/* The other end sees end of file where this fails, and does without. */
static _Noreturn void become_resolver(int peer, uint64_t files, const struct sock_fprog *filter)
{
	int root = open(".", OPENED);

	/* Neither is below 2: the program's streams are there. */
	if (root < 0 || dup2(peer, PEER) < 0 || dup2(root, ROOT) < 0 ||
	    close_range(2, ~0u, 0) != 0 || prctl(PR_SET_NAME, "clsync-resolve") != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		_exit(1);
	restrict_itself(files, filter);
	serve();
}

/* Its parent is the keeper or init, which reaps it: the program knows of no child. */
static void leave_resolver(const int ends[2], uint64_t files, const struct sock_fprog *filter)
{
	pid_t between = fork();
	int status;

	if (between < 0)
		fail(errno, "fork");
	if (between == 0) {
		pid_t resolver = fork();

		if (resolver == 0)
			become_resolver(ends[1], files, filter);
		_exit(resolver < 0);
	}
	if (waitpid(between, &status, 0) != between || status != 0)
		fail(ECHILD, "fork");
}

void step_resolver(struct payload *payload)
{
	uint32_t number = read_u32(payload);
	uint64_t files = read_u64(payload);
	struct sock_fprog filter;
	size_t length;
	const uint8_t *bytes = read_bytes(payload, &length);
	int ends[2];

	read_end(payload);
	if (!seccomp_filter(bytes, length, &filter))
		fail(EBADMSG, "a filter of %zu bytes", length);
	if (number < 3 || fcntl((int)number, F_GETFD) >= 0)
		fail(EBADMSG, "descriptor %u is in use", number);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		fail(errno, "socketpair");
	leave_resolver(ends, files, &filter);
	close(ends[1]);
	if (ends[0] == (int)number ? fcntl(ends[0], F_SETFD, 0) != 0
	                           : dup2(ends[0], (int)number) < 0 || close(ends[0]) != 0)
		fail(errno, "descriptor %u", number);
}
