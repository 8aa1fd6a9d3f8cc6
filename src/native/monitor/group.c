#include "monitor/group.h"

#include "common/device-filter.h"
#include "monitor/frozen.h"
#include "monitor/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds between two rounds of killing: a killed process takes a moment to end. */
#define ROUND 5
#define PATIENCE_MAX 2000

static int write_file(const char *path, const void *content, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int error = fd < 0 || write(fd, content, length) != (ssize_t)length ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

/*
 * The disk of a file system, `major:minor`: the kernel limits each disk, not each partition. False:
 * it is not on a disk.
 */
static bool disk_of(int fd, char disk[32])
{
	struct stat status;
	char path[PATH_MAX];

	if (fstat(fd, &status) != 0)
		return false;
	snprintf(disk, 32, "%u:%u", major(status.st_dev), minor(status.st_dev));
	snprintf(path, sizeof(path), "/sys/dev/block/%s/partition", disk);
	if (access(path, F_OK) != 0) {
		snprintf(path, sizeof(path), "/sys/dev/block/%s", disk);
		return access(path, F_OK) == 0;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%s/../dev", disk);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, disk, 31);
	if (file >= 0)
		close(file);
	if (length <= 0)
		return false;
	disk[length] = '\0';
	disk[strcspn(disk, "\n")] = '\0';
	return true;
}

static int set_disks(const struct group_row *row, const int *places)
{
	for (uint32_t i = 0; i < frozen->place_count; i++) {
		char disk[32], line[256];

		/* Not open: a place of who is not started now. */
		if ((frozen->places[i].flags & PLACE_ON_DISK) == 0 || places[i] < 0 ||
		    !disk_of(places[i], disk))
			continue;
		int length = snprintf(line, sizeof(line), "%s %.*s", disk, (int)row->length,
		                      (const char *)row->content);
		int error = length < 0 || (size_t)length >= sizeof(line)
		                    ? E2BIG
		                    : write_file(row->path, line, (size_t)length);
		if (error != 0)
			return error;
	}
	return 0;
}

static int filter(const struct group_row *row)
{
	int group = open(row->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = group < 0 ? errno : device_filter_attach(group, row->content, row->length);

	if (group >= 0)
		close(group);
	return error;
}

static int apply(const struct group_row *row, const int *places, bool *made)
{
	switch (row->kind) {
	case GROUP_MAKE:
		*made = mkdir(row->path, 0777) == 0;
		return *made || errno == EEXIST ? 0 : errno;
	case GROUP_SET:
		return write_file(row->path, row->content, row->length);
	case GROUP_SET_DISKS:
		return set_disks(row, places);
	case GROUP_FILTER:
		/* It belongs to the group: only a new one needs it. */
		return *made ? filter(row) : 0;
	}
	return EINVAL;
}

int group_renew(const int *places)
{
	bool made = false;

	for (uint32_t i = 0; i < frozen->row_count; i++) {
		int error = apply(&frozen->rows[i], places, &made);

		if (error != 0)
			return error;
	}
	return 0;
}

static int tell(const char *file, const char *word)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", frozen->ended, file);
	return write_file(path, word, strlen(word));
}

/* The processes of the group, as text; -1: there is no group. */
static ssize_t list(char *into, size_t size)
{
	char path[PATH_MAX];
	ssize_t length = -1;

	snprintf(path, sizeof(path), "%s/cgroup.procs", frozen->ended);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, into, size - 1);
		close(fd);
	}
	into[length < 0 ? 0 : length] = '\0';
	return length;
}

/* Returns whether any of them may be killed. */
static bool kill_listed(char *pids)
{
	bool killed = false;

	for (char *rest = NULL, *line = strtok_r(pids, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		pid_t pid = (pid_t)atoi(line);

		killed |= pid > 0 && (kill(pid, SIGKILL) == 0 || errno == ESRCH);
	}
	return killed;
}

/* A frozen process cannot fork while the group is killed. */
static bool kill_frozen(char *pids, size_t size)
{
	const bool second = frozen->freezer == 2;
	const char *file = second ? "cgroup.freeze" : "freezer.state";

	tell(file, second ? "1" : "FROZEN");
	bool killed = list(pids, size) <= 0 || kill_listed(pids);
	tell(file, second ? "0" : "THAWED");
	return killed;
}

void group_end(uint32_t patience)
{
	static char pids[1 << 16];
	const struct timespec pause = { .tv_nsec = ROUND * 1000000 };

	if (frozen->ended[0] == '\0')
		return;
	if (patience > PATIENCE_MAX)
		patience = PATIENCE_MAX;
	for (int64_t until = milliseconds() + patience; list(pids, sizeof(pids)) > 0;) {
		if (tell("cgroup.kill", "1") != 0 && !kill_frozen(pids, sizeof(pids)))
			return;
		if (milliseconds() >= until)
			return;
		nanosleep(&pause, NULL);
	}
}

void group_remove(void)
{
	for (uint32_t i = 0; i < frozen->group_count; i++)
		rmdir(frozen->groups[i]);
}
