/* The surroundings of the monitor: a master that says what the input has, and a kernel. */
#include "common/identity.h"
#include "common/refused-calls.h"
#include "monitor-target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS = 3, DESCRIPTORS = 1024, WORD = 8, CONTENT_MOST = 65536 };
/* More than it may hold for its files, members and itself. */
enum { HELD_MOST = 200 };

/* Its variables, a section of their own: see the Makefile. */
extern uint8_t __start_monitor_data[], __stop_monitor_data[];
extern uint64_t __start_monitor_zero[], __stop_monitor_zero[];

static bool is_open[DESCRIPTORS];
/* Behind what it is told: how many words there are, in a byte, the words, and decisions. */
static const uint8_t *words_at, *words_end;
static uint8_t *told;
static size_t told_length;
static bool is_child, is_told;
/* Of its two processes, the one that hears the master; the first fork(2) makes it. */
static bool is_clerk, is_divided;
static pid_t children;
static long milliseconds;

static int decision(void)
{
	return is_told && input_at < input_end ? *input_at++ : -1;
}

static bool fails(void)
{
	static const int errors[] = {
		EPERM, EINVAL, ENOENT, ENOSPC, EEXIST, ELOOP, EBUSY, ENOTDIR
	};
	const int decided = decision();

	if (decided < 0 || decided % 4 != 1)
		return false;
	errno = errors[decided / 4 % 8];
	return true;
}

static int result(void)
{
	return fails() ? -1 : 0;
}

static int held(void)
{
	int count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		count += is_open[fd];
	return count;
}

static int opened(void)
{
	if (fails())
		return -1;
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!is_open[fd]) {
			is_open[fd] = true;
			return fd;
		}
	CHECK(!"too many descriptors");
}

static int two_opened(int fds[2])
{
	if (fails())
		return -1;
	for (int i = 0; i < 2; i++)
		while ((fds[i] = opened()) < 0)
			;
	return 0;
}

static bool is_held(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && is_open[fd];
}

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* It opens what it was told of, and files of the system that say what a disk is. */
static void check_path(const char *path)
{
	const uint8_t *at = (const uint8_t *)path;
	const char *group = monitor_group();

	touch_string(path);
	CHECK((told != NULL && at >= told && at < told + told_length) || strcmp(path, "/") == 0 ||
	      begins(path, "/sys/dev/block/") || (group[0] != '\0' && begins(path, group)));
}

/* One name: a path would lead anywhere. */
static void check_name(int directory, const char *name)
{
	CHECK(is_held(directory));
	CHECK(name[0] != '\0' && strchr(name, '/') == NULL);
}

/* Without the sanitizer: between the variables it keeps places that nobody may touch. */
#define UNSEEN                                                                                     \
	__attribute__((no_sanitize("address", "undefined", "coverage"),                            \
	               no_builtin("memcpy", "memset")))

UNSEEN static void copy(uint8_t *to, const uint8_t *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = from[i];
}

UNSEEN static void clear(uint64_t *at, const uint64_t *end)
{
	while (at < end)
		*at++ = 0;
}

static void reset(void)
{
	static uint8_t *values;
	const size_t length = (size_t)(__stop_monitor_data - __start_monitor_data);

	if (values == NULL)
		copy(values = malloc(length + 1), __start_monitor_data, length);
	copy(__start_monitor_data, values, length);
	clear(__start_monitor_zero, __stop_monitor_zero);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	reset();
	input_at = input;
	input_end = input + size;
	memset(is_open, 0, sizeof(is_open));
	for (int fd = 0; fd <= REQUESTS + 5; fd++)
		is_open[fd] = true;
	is_child = is_told = is_clerk = is_divided = false;
	children = 100;
	milliseconds = 0;
	if (_setjmp(program_ended) == 0)
		CHECK(monitor_run() == 0);
	free(told);
	told = NULL;
	memory_release();
	return 0;
}

STAND_IN(void, _exit, int status)
{
	CHECK(status >= 0 && status <= 255);
	longjmp(program_ended, 1);
}

/* What it is told is memory of exactly this length; the clerk shares some with its children. */
STAND_IN(void *, mmap, void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	static uint32_t shared[CALLS_MAX];

	if (flags == (MAP_SHARED | MAP_ANONYMOUS)) {
		CHECK(is_clerk && length == sizeof(shared));
		return memset(shared, 0, sizeof(shared));
	}
	CHECK(at == NULL && told == NULL && fd == -1 && offset == 0 && flags & MAP_PRIVATE);
	CHECK((protection & PROT_EXEC) == 0);
	if (length > (size_t)(input_end - input_at))
		return MAP_FAILED;
	told_length = length;
	return told = malloc(length);
}

STAND_IN(int, mprotect, void *at, size_t length, int protection)
{
	CHECK(protection == PROT_READ && length > 0);
	if (at == told || is_told)
		return 0;
	const uint8_t first = input_at < input_end ? *input_at++ : 0;
	size_t count = (size_t)(first & 0x7f) * WORD;
	const size_t left = (size_t)(input_end - input_at);
	count = count < left ? count : left;
	words_at = input_at;
	words_end = input_at += count;
	is_told = true;
	is_clerk = (first & 0x80) != 0;
	return 0;
}

STAND_IN(ssize_t, recv, int fd, void *into, size_t length, int flags)
{
	const uint8_t **at = is_told ? &words_at : &input_at;
	const size_t left = (size_t)((is_told ? words_end : input_end) - *at);

	CHECK(is_held(fd) && flags == MSG_WAITALL && !is_child);
	CHECK((fd == REQUESTS) == (!is_divided || is_clerk));
	CHECK(!is_told || length == WORD || (is_clerk && length <= CONTENT_MOST));
	CHECK(!is_told || held() <= HELD_MOST);
	if (length > left)
		length = left;
	memcpy(into, *at, length);
	*at += length;
	return (ssize_t)length;
}

/* The master waits for something that was asked for: whoever cannot be told is gone. */
STAND_IN(ssize_t, send, int fd, const void *bytes, size_t length, int flags)
{
	CHECK(is_held(fd) && flags & MSG_NOSIGNAL);
	touch(bytes, length);
	return fails() ? -1 : (ssize_t)length;
}

STAND_IN(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags)
{
	struct msghdr copy = *message;

	CHECK(is_held(fd) && flags & MSG_NOSIGNAL && message->msg_iovlen == 1);
	touch(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&copy); header != NULL;
	     header = CMSG_NXTHDR(&copy, header))
		for (size_t at = CMSG_LEN(0); at < header->cmsg_len; at += sizeof(int)) {
			int sent;

			memcpy(&sent, (const uint8_t *)header + at, sizeof(sent));
			CHECK(is_held(sent));
		}
	return fails() ? -1 : (ssize_t)message->msg_iov[0].iov_len;
}

/* The answer of who looks: short, with an error, with a descriptor or without. */
STAND_IN(ssize_t, recvmsg, int fd, struct msghdr *message, int flags)
{
	const int decided = decision();
	const size_t length = message->msg_iov[0].iov_len;
	struct cmsghdr *header = message->msg_control;

	CHECK(is_held(fd) && flags & MSG_CMSG_CLOEXEC && message->msg_iovlen == 1);
	memset(message->msg_iov[0].iov_base, decided > 0 ? decided % 3 : 0, length);
	int sent = decided % 2 == 0 ? opened() : -1;
	if (sent < 0) {
		message->msg_controllen = 0;
		return decided % 4 == 1 ? 0 : (ssize_t)length;
	}
	*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(sent)),
		                    .cmsg_level = SOL_SOCKET,
		                    .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &sent, sizeof(sent));
	return (ssize_t)length;
}

STAND_IN(int, poll, struct pollfd *sources, nfds_t count, int timeout)
{
	const int decided = decision();

	for (nfds_t i = 0; i < count; i++) {
		CHECK(is_held(sources[i].fd));
		sources[i].revents = 0;
	}
	if (decided >= 0 && decided % 8 == 7) {
		milliseconds += timeout > 0 ? timeout : 1;
		return timeout < 0 ? -1 : 0;
	}
	sources[decided % 2 == 1 ? count - 1 : 0].revents = POLLIN;
	return 1;
}

STAND_IN(ssize_t, read, int fd, void *into, size_t length)
{
	const int decided = decision();
	size_t some = decided < 0 ? 0 : (size_t)decided;

	CHECK(is_held(fd));
	some = some < length ? some : length;
	memset(into, decided % 3 == 0 ? '\n' : '7', some);
	return fails() ? -1 : (ssize_t)some;
}

/* Into a file, or a report. */
STAND_IN(ssize_t, write, int fd, const void *bytes, size_t length)
{
	CHECK(is_held(fd));
	touch(bytes, length);
	return fails() ? -1 : (ssize_t)length;
}

STAND_IN(int, close, int fd)
{
	CHECK(is_held(fd) || is_child);
	if (is_held(fd))
		is_open[fd] = false;
	return 0;
}

STAND_IN(int, close_range, unsigned first, unsigned last, int flags)
{
	CHECK((is_child || is_clerk) && first <= last && flags == 0);
	for (unsigned fd = first; fd < DESCRIPTORS; fd++)
		is_open[fd] = false;
	return result();
}

STAND_IN(int, dup2, int fd, int to)
{
	CHECK((is_child || is_clerk) && is_held(fd) && to >= 0 && to < DESCRIPTORS);
	is_open[to] = true;
	return fails() ? -1 : to;
}

STAND_IN(int, fcntl, int fd, int command, ...)
{
	if (command == F_DUPFD_CLOEXEC) {
		CHECK(is_child);
		errno = EBADF;
		return is_held(fd) ? opened() : -1;
	}
	CHECK(is_held(fd) && (command == F_SETFD || command == F_OFD_SETLK));
	return result();
}

STAND_IN(int, socketpair, int domain, int type, int protocol, int fds[2])
{
	CHECK(domain == AF_UNIX && type & SOCK_CLOEXEC && protocol == 0);
	return two_opened(fds);
}

STAND_IN(int, pipe2, int fds[2], int flags)
{
	CHECK(flags == O_CLOEXEC);
	return two_opened(fds);
}

STAND_IN(int, signalfd, int fd, const sigset_t *mask, int flags)
{
	touch(mask, sizeof(*mask));
	CHECK(fd == -1 && flags == SFD_CLOEXEC);
	return opened();
}

STAND_IN(int, sigprocmask, int how, const sigset_t *set, sigset_t *before)
{
	CHECK((how == SIG_SETMASK || (is_clerk && how == SIG_UNBLOCK)) && before == NULL);
	touch(set, sizeof(*set));
	return 0;
}

STAND_IN(int, sigaction, int signal, const struct sigaction *action, struct sigaction *before)
{
	CHECK(is_clerk && signal == SIGSYS && action != NULL && before == NULL);
	return 0;
}

STAND_IN(int, prctl, int option, ...)
{
	CHECK(option == PR_SET_DUMPABLE || option == PR_SET_NAME || option == PR_SET_PDEATHSIG ||
	      (is_clerk && (option == PR_CAPBSET_DROP || option == PR_SET_NO_NEW_PRIVS)));
	return option == PR_SET_DUMPABLE ? 0 : result();
}

/* Goes on as the parent or as the child. */
STAND_IN(pid_t, fork, void)
{
	const int decided = decision();

	CHECK(is_told && !is_child);
	if (decided >= 0 && decided % 16 == 1) {
		errno = EAGAIN;
		return -1;
	}
	if (!is_divided) {
		is_divided = true;
		return is_clerk ? 0 : ++children;
	}
	is_child = decided >= 0 && decided % 16 == 3;
	return is_child ? 0 : ++children;
}

STAND_IN(int, execve, const char *path, char *const *arguments, char *const *environment)
{
	CHECK(is_child && !is_clerk && path == monitor_launcher() && environment[0] == NULL);
	touch_string(path);
	for (; *arguments != NULL; arguments++)
		touch_string(*arguments);
	errno = ENOENT;
	return -1;
}

STAND_IN(pid_t, waitpid, pid_t pid, int *status, int options)
{
	const int decided = decision();

	CHECK(pid == -1 && options == WNOHANG);
	if (status != NULL)
		*status = decided;
	return decided > 0 ? 100 + decided % 16 : decided;
}

STAND_IN(int, kill, pid_t pid, int signal)
{
	CHECK(pid > 0 && signal == SIGKILL);
	return result();
}

STAND_IN(pid_t, getpid, void)
{
	return 100;
}

STAND_IN(pid_t, getppid, void)
{
	return decision() == 1 ? 1 : 100;
}

STAND_IN(uid_t, geteuid, void)
{
	return 0;
}

STAND_IN(gid_t, getegid, void)
{
	return 0;
}

STAND_IN(int, clock_gettime, clockid_t clock, struct timespec *time)
{
	CHECK(clock == CLOCK_MONOTONIC);
	milliseconds += 100;
	*time = (struct timespec){ .tv_sec = milliseconds / 1000,
		                   .tv_nsec = milliseconds % 1000 * 1000000 };
	return 0;
}

STAND_IN(int, nanosleep, const struct timespec *time, struct timespec *left)
{
	touch(time, sizeof(*time));
	CHECK(left == NULL);
	return 0;
}

STAND_IN(ssize_t, getrandom, void *into, size_t length, unsigned flags)
{
	CHECK(flags == 0);
	memset(into, 7, length);
	return fails() ? -1 : (ssize_t)length;
}

STAND_IN(mode_t, umask, mode_t mask)
{
	return mask & 0777;
}

STAND_IN(int, open, const char *path, int flags, ...)
{
	CHECK(flags & O_CLOEXEC);
	check_path(path);
	return opened();
}

STAND_IN(int, openat, int directory, const char *name, int flags, ...)
{
	CHECK(flags & O_CLOEXEC && flags & O_NOFOLLOW);
	check_name(directory, name);
	return opened();
}

/* A file of any kind, of any owner. */
static int look_at(struct stat *status)
{
	static const mode_t kinds[] = { S_IFDIR, S_IFREG, S_IFLNK, S_IFSOCK };
	const int decided = decision();

	*status = (struct stat){ .st_mode = kinds[decided < 0 ? 0 : decided % 4],
		                 .st_ino = (ino_t)(decided < 0 ? 1 : decided / 64),
		                 .st_uid = decided < 0 ? 0 : (uid_t)(decided / 16 % 4) };
	return result();
}

STAND_IN(int, fstat, int fd, struct stat *status)
{
	CHECK(is_held(fd));
	return look_at(status);
}

STAND_IN(int, fstatat, int directory, const char *name, struct stat *status, int flags)
{
	CHECK(flags == AT_SYMLINK_NOFOLLOW);
	check_name(directory, name);
	return look_at(status);
}

int identity_describe(int fd, char text[IDENTITY_SIZE])
{
	CHECK(is_held(fd) && is_child);
	memset(text, 'x', IDENTITY_SIZE);
	return fails() ? errno : 0;
}

STAND_IN(int, access, const char *path, int mode)
{
	CHECK(mode == F_OK);
	check_path(path);
	return result();
}

STAND_IN(int, mkdir, const char *path, mode_t mode)
{
	CHECK((mode & ~0777u) == 0);
	check_path(path);
	return result();
}

STAND_IN(int, rmdir, const char *path)
{
	check_path(path);
	return result();
}

STAND_IN(int, mkdirat, int directory, const char *name, mode_t mode)
{
	(void)mode;
	check_name(directory, name);
	return result();
}

STAND_IN(int, unlinkat, int directory, const char *name, int flags)
{
	CHECK(flags == 0 || flags == AT_REMOVEDIR);
	check_name(directory, name);
	return result();
}

STAND_IN(int, renameat, int from, const char *name, int to, const char *other)
{
	check_name(from, name);
	check_name(to, other);
	return result();
}

STAND_IN(int, linkat, int from, const char *name, int to, const char *other, int flags)
{
	CHECK(flags == 0);
	check_name(from, name);
	check_name(to, other);
	return result();
}

STAND_IN(int, fchmod, int fd, mode_t mode)
{
	(void)mode;
	CHECK(is_held(fd));
	return result();
}

STAND_IN(int, fchown, int fd, uid_t uid, gid_t gid)
{
	(void)uid;
	(void)gid;
	CHECK(is_held(fd));
	return result();
}

STAND_IN(int, fchownat, int directory, const char *name, uid_t uid, gid_t gid, int flags)
{
	(void)uid;
	(void)gid;
	CHECK(flags == AT_SYMLINK_NOFOLLOW);
	check_name(directory, name);
	return result();
}

STAND_IN(int, ftruncate, int fd, off_t length)
{
	CHECK(is_held(fd) && length == 0);
	return result();
}

STAND_IN(int, socket, int domain, int type, int protocol)
{
	CHECK(domain == AF_UNIX && type & SOCK_CLOEXEC && protocol == 0);
	return opened();
}

STAND_IN(int, bind, int fd, const struct sockaddr *address, socklen_t length)
{
	CHECK(is_held(fd));
	touch(address, length);
	return result();
}

STAND_IN(int, listen, int fd, int backlog)
{
	CHECK(is_held(fd) && backlog > 0);
	return result();
}

STAND_IN(int, shutdown, int fd, int how)
{
	CHECK(is_held(fd) && how == SHUT_WR);
	return result();
}

/* The filter of devices. */
STAND_IN(long, syscall, long number, ...)
{
	va_list arguments;

	if (number != SYS_bpf) {
		CHECK(is_clerk &&
		      (number == SYS_capget || number == SYS_capset || number == SYS_seccomp));
		return result();
	}
	va_start(arguments, number);
	int command = va_arg(arguments, int);
	va_end(arguments);
	return command == BPF_PROG_LOAD ? opened() : result();
}
