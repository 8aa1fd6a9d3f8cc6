#include "launch/process.h"

#include "launch/failure.h"
#include "launch/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_member(const char *path)
{
	FILE *file = fopen(path, "re");
	int pid;
	bool found = false;

	if (file == NULL)
		fail(errno, "%s", path);
	while (!found && fscanf(file, "%d", &pid) == 1)
		found = pid == getpid();
	fclose(file);
	return found;
}

void step_cgroup(struct payload *payload)
{
	uint32_t count = read_count(payload, sizeof(uint32_t) + 1, 64);

	for (uint32_t i = 0; i < count; i++) {
		const char *path = read_string(payload);
		int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0 || write(fd, "0", 1) != 1)
			fail(errno, "%s", path);
		close(fd);
		if (!is_member(path))
			fail(ESRCH, "%s does not list this process", path);
	}
	read_end(payload);
}

#define DESCRIPTORS_MAX 1024

/* Ascending, with the launcher's own among them. */
struct kept {
	uint32_t fds[DESCRIPTORS_MAX + 1], count;
	bool own_placed;
};

static void keep(struct kept *kept, uint32_t fd)
{
	if (kept->count > 0 && fd <= kept->fds[kept->count - 1])
		fail(EBADMSG, "descriptor %u out of order", fd);
	kept->fds[kept->count++] = fd;
}

static void keep_own(struct kept *kept)
{
	keep(kept, (uint32_t)failure_context.descriptor);
	kept->own_placed = true;
}

/* `flags`: those of the descriptors. */
static void read_kept(struct payload *payload, struct kept *kept, int flags)
{
	uint32_t count = read_count(payload, sizeof(uint32_t), DESCRIPTORS_MAX - kept->count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t fd = read_u32(payload);

		if (!kept->own_placed && (uint32_t)failure_context.descriptor < fd)
			keep_own(kept);
		if (fd == (uint32_t)failure_context.descriptor)
			fail(EBADMSG, "descriptor %u out of order", fd);
		keep(kept, fd);
		if (fcntl((int)fd, F_SETFD, flags) != 0)
			fail(errno, "descriptor %u", fd);
	}
}

static void close_from(uint32_t first, uint32_t last)
{
	if (first <= last && close_range(first, last, 0) != 0)
		fail(errno, "close_range %u %u", first, last);
}

static bool is_kept(const struct kept *kept, long fd)
{
	for (uint32_t i = 0; i < kept->count; i++)
		if ((long)kept->fds[i] == fd)
			return true;
	return false;
}

static void check_descriptors(const struct kept *kept)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (directory == NULL)
		fail(errno, "/proc/self/fd");
	while ((entry = readdir(directory)) != NULL) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		if (end == entry->d_name || fd == dirfd(directory))
			continue; /* `.`, `..` and this listing */
		if (!is_kept(kept, fd))
			fail(EBADF, "descriptor %ld is still open", fd);
	}
	closedir(directory);
}

void step_descriptors(struct payload *payload)
{
	struct kept kept = { .count = 0 };
	uint32_t next = 0;

	read_kept(payload, &kept, 0);
	read_kept(payload, &kept, FD_CLOEXEC);
	read_end(payload);
	if (!kept.own_placed)
		keep_own(&kept);
	for (uint32_t i = 0; i < kept.count; next = kept.fds[i++] + 1)
		if (kept.fds[i] > 0)
			close_from(next, kept.fds[i] - 1);
	close_from(next, UINT32_MAX);
	check_descriptors(&kept);
}

void step_session(struct payload *payload)
{
	read_end(payload);
	if (getsid(0) != getpid() && setsid() < 0)
		fail(errno, "setsid");
	if (getsid(0) != getpid())
		fail(EPERM, "the session is not ours");
}

void step_limits(struct payload *payload)
{
	uint32_t count = read_count(payload, 20, RLIM_NLIMITS);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t resource = read_u32(payload);
		struct rlimit wanted = { .rlim_cur = read_u64(payload) }, got;

		wanted.rlim_max = read_u64(payload);
		if (setrlimit(resource, &wanted) != 0 || getrlimit(resource, &got) != 0)
			fail(errno, "resource %u", resource);
		if (got.rlim_cur != wanted.rlim_cur || got.rlim_max != wanted.rlim_max)
			fail(ERANGE, "resource %u", resource);
	}
	read_end(payload);
}

void step_umask(struct payload *payload)
{
	uint32_t mask = read_u32(payload);

	read_end(payload);
	if (mask > 0777)
		fail(EINVAL, "%o", mask);
	umask((mode_t)mask);
	if (umask((mode_t)mask) != (mode_t)mask)
		fail(ERANGE, "%o", mask);
}

void step_directory(struct payload *payload)
{
	struct place place = read_place(payload);

	read_end(payload);
	if (place.path[0] != '/')
		fail(EINVAL, "%s is not absolute", place.path);
	if ((place_is_open(&place) ? fchdir((int)place.descriptor) : chdir(place.path)) != 0)
		fail(errno, "%s", place.path);
}

void step_program(struct payload *payload)
{
	const char *path = read_string(payload);
	char **arguments = read_strings(payload);
	char **environment = read_strings(payload);

	read_end(payload);
	if (path[0] != '/')
		fail(EINVAL, "%s is not absolute", path);
	if (arguments[0] == NULL)
		fail(EINVAL, "no argument vector");
	execve(path, arguments, environment);
	fail(errno, "%s", path);
}
