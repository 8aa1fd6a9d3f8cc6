/* The kernel's input and decisions, and the two ends of the launcher: its exit, and the program. */
#include "specification.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct kernel kernel;

void kernel_begin(const uint8_t *input, size_t size)
{
	input_at = input;
	input_end = input + size;
	memset(&kernel, 0, offsetof(struct kernel, groups));
	kernel.pid = 100;
	kernel.parent = 99;
	kernel.cgroup = -1;
	kernel.is.descriptors = 0xff;
	kernel.is.bounding = kernel.is.permitted = kernel.is.effective = kernel.is.ambient =
	        CAPABILITIES;
	kernel.asked = kernel.is;
}

int decision(void)
{
	return input_at < input_end ? *input_at++ : -1;
}

bool fails(void)
{
	static const int errors[] = {
		EPERM, EINVAL, ENOENT, ENOSPC, EEXIST, EINTR, ENOSYS, ECHILD
	};
	int decided = decision();

	if (decided < 0 || decided % 4 != 1)
		return false;
	errno = errors[decided / 4 % 8];
	return true;
}

bool refused(void)
{
	bool failed = fails();

	kernel.failed |= failed;
	return failed;
}

bool takes_effect(int *result)
{
	bool pretends = input_at < input_end && *input_at % 4 == 2;

	*result = refused() ? -1 : 0;
	return *result == 0 && !pretends;
}

STAND_IN(ssize_t, read, int fd, void *into, size_t length)
{
	size_t left = (size_t)(input_end - input_at);
	struct signalfd_siginfo info = { 0 };
	int decided;

	if (fd != CHANNEL || kernel.files >> fd & 1) {
		/* A signal that has come, or none. */
		decided = decision();
		CHECK(length == sizeof(info));
		if (decided < 0)
			return 0;
		info.ssi_signo = (uint32_t)decided % 32;
		memcpy(into, &info, sizeof(info));
		return (ssize_t)length;
	}
	if (length > left)
		length = left;
	memcpy(into, input_at, length);
	input_at += length;
	return (ssize_t)length;
}

/* A report must be one that the master understands, or a line for people. */
STAND_IN(ssize_t, write, int fd, const void *bytes, size_t length)
{
	const char *line = bytes;
	int result;

	touch(bytes, length);
	if ((fd == CHANNEL || fd == STDERR_FILENO) && (kernel.files >> fd & 1) == 0) {
		CHECK(fd != CHANNEL || is_open(CHANNEL));
		CHECK(length > 4 && line[0] == '2' && line[3] == ' ' &&
		      line[length - 1] == (fd == CHANNEL ? '\0' : '\n'));
		return (ssize_t)length;
	}
	if (fd != kernel.cgroup)
		return refused() ? -1 : (ssize_t)length;
	SET(in_cgroup, 1);
	return result < 0 ? -1 : (ssize_t)length;
}

STAND_IN(void, _exit, int status)
{
	CHECK(status >= 0 && status <= 255);
	longjmp(program_ended, 1);
}

STAND_IN(int, execve, const char *path, char *const *arguments, char *const *environment)
{
	touch_string(path);
	for (; *arguments != NULL; arguments++)
		touch_string(*arguments);
	for (; *environment != NULL; environment++)
		touch_string(*environment);
	CHECK(is_open(CHANNEL)); /* whose end tells the master of this */
	CHECK(!kernel.failed && memcmp(&kernel.asked, &kernel.is, sizeof(kernel.is)) == 0);
	if (fails())
		return -1;
	longjmp(program_ended, 1);
}
