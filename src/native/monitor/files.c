#include "monitor/files.h"

#include "monitor/frozen.h"
#include "monitor/new-dump.h"
#include "monitor/new-file.h"
#include "monitor/new-socket.h"
#include "monitor/old-file.h"
#include "monitor/places.h"
#include "monitor/way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Tries to create a file where none exists. Only an attacker, not another instance, creates it
 * again and again.
 */
#define TRIES 20

static struct file_state states[FILES_MAX];

static void know(uint32_t number)
{
	if (states[number].is_known)
		return;
	states[number].is_known = true;
	states[number].directory = states[number].lock = -1;
	states[number].device = frozen->files[number].device;
	states[number].inode = frozen->files[number].inode;
}

struct file_state *files_state(uint32_t number)
{
	know(number);
	return &states[number];
}

/*
 * The directory of the file: what is at its path, or, where that may not be used, what was. Returns
 * -1 with errno set.
 */
static int directory_of(uint32_t number)
{
	const struct frozen_file *file = &frozen->files[number];
	int found = way_open(file->directory);
	struct stat status;

	know(number);
	if (found >= 0 && (fstat(found, &status) != 0 || !S_ISDIR(status.st_mode) ||
	                   !places_may_own(status.st_uid, file->owner))) {
		close(found);
		found = -1;
		errno = EPERM;
	}
	if (found >= 0) {
		if (states[number].directory >= 0)
			close(states[number].directory);
		states[number].directory = found;
	}
	return states[number].directory;
}

static void own(uint32_t number, const struct stat *status)
{
	states[number].device = status->st_dev;
	states[number].inode = status->st_ino;
}

static bool is_ours(uint32_t number, int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_ino == states[number].inode && status.st_dev == states[number].device &&
	       status.st_ino != 0 &&
	       S_ISSOCK(status.st_mode) == (frozen->files[number].kind == FILE_SOCKET);
}

/*
 * Moves the new file to its name. An existing one is locked while it is replaced, and where none
 * exists link(2) refuses to replace one, so that of several daemons one succeeds.
 */
static int move(uint32_t number, int directory, const char *from, const char *to)
{
	for (int tries = 0;; tries++) {
		bool busy = false;
		struct stat status;
		int there = is_ours(number, directory, to) ? -1 : file_take(directory, to, &busy);
		int error = 0;

		if (busy)
			error = EBUSY;
		else if (there >= 0 || tries > TRIES ||
		         fstatat(directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0)
			error = renameat(directory, from, directory, to) == 0 ? 0 : errno;
		else if (linkat(directory, from, directory, to, 0) == 0)
			error = unlinkat(directory, from, 0) == 0 ? 0 : errno;
		else if (errno == EEXIST)
			error = EAGAIN;
		else
			error = renameat(directory, from, directory, to) == 0 ? 0 : errno;
		if (there >= 0)
			close(there);
		if (error != EAGAIN)
			return error;
	}
}

static int replace(uint32_t number, const void *bytes, size_t length, bool if_missing)
{
	const struct frozen_file *file = &frozen->files[number];
	char temporary[TEMPORARY_SIZE];
	struct stat status;

	int directory = directory_of(number);
	if (directory < 0)
		return errno;
	if (if_missing && fstatat(directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	name_temporary(temporary);
	int fd = openat(directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                file->mode);
	if (fd < 0)
		return errno;
	errno = ENOSPC; /* of a write that is cut short */
	int error = write(fd, bytes, length) == (ssize_t)length && fchmod(fd, file->mode) == 0 &&
	                            fstat(fd, &status) == 0
	                    ? 0
	                    : errno;
	file_lock(fd);
	if (error == 0)
		error = move(number, directory, temporary, file->name);
	if (error != 0) {
		unlinkat(directory, temporary, 0);
		close(fd);
		return error;
	}
	if (states[number].lock >= 0)
		close(states[number].lock);
	states[number].lock = fd;
	own(number, &status);
	return 0;
}

static int put(uint32_t number, uint32_t text, bool if_missing)
{
	if (frozen->files[number].kind != FILE_TEXT || text >= frozen->files[number].text_count)
		return EINVAL;
	const char *content = frozen->files[number].texts[text];
	return replace(number, content, strlen(content), if_missing);
}

static int write_content(const struct file_work *work)
{
	if (frozen->files[work->file].kind != FILE_WRITTEN)
		return EINVAL;
	return replace(work->file, work->bytes, work->length, work->if_missing);
}

/* A directory that only its owner may enter. */
static int make_directory(uint32_t number, int directory)
{
	const struct frozen_file *file = &frozen->files[number];
	struct stat status;

	if (mkdirat(directory, file->name, file->mode) != 0)
		return errno;
	int fd = openat(directory, file->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	/* Another user may have put something else in its place. */
	if (fstat(fd, &status) != 0 || status.st_uid != geteuid() || (status.st_mode & 022) != 0 ||
	    fchown(fd, file->uid, file->gid) != 0) {
		close(fd);
		return EPERM;
	}
	own(number, &status);
	if (file->kind != FILE_DUMP) {
		close(fd);
		return 0;
	}
	if (states[number].lock >= 0)
		close(states[number].lock);
	states[number].lock = fd;
	return new_dump(fd, file);
}

static int make_socket(uint32_t number, int directory, int *descriptor)
{
	const struct frozen_file *file = &frozen->files[number];
	struct stat status;
	int error = new_socket(directory, file, &status, descriptor);
	if (error != 0)
		return error;
	own(number, &status);
	/* So that the number of its inode is not used again meanwhile. */
	if (states[number].lock >= 0)
		close(states[number].lock);
	states[number].lock = openat(directory, file->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return 0;
}

static int open_one(uint32_t number, int *descriptor)
{
	int directory = directory_of(number);
	if (directory < 0)
		return errno;
	switch (frozen->files[number].kind) {
	case FILE_READ:
		return open_to_read(directory, &frozen->files[number], descriptor);
	case FILE_APPEND:
		return open_to_append(directory, &frozen->files[number], descriptor);
	case FILE_DIRECTORY:
	case FILE_DUMP:
		return make_directory(number, directory);
	case FILE_SOCKET:
		return make_socket(number, directory, descriptor);
	default:
		return EINVAL;
	}
}

static int open_part(const struct file_work *work, int *descriptor)
{
	const struct frozen_file *file = &frozen->files[work->file];
	const struct file_state *state = files_state(work->file);

	if (file->kind != FILE_DUMP || work->text >= file->text_count || state->lock < 0)
		return EINVAL;
	return dump_part(state->lock, file->texts[work->text], work->part, descriptor);
}

/* By what has the name, if that is ours. */
static void empty(uint32_t number, int directory, const char *name)
{
	int fd = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_ino == states[number].inode && status.st_dev == states[number].device)
		(void)!ftruncate(fd, 0);
	close(fd);
}

static void remove_one(uint32_t number)
{
	const struct frozen_file *file = &frozen->files[number];
	int directory = directory_of(number);

	if (directory < 0)
		return;
	if (file->kind == FILE_DIRECTORY || file->kind == FILE_LEFT_DIRECTORY)
		unlinkat(directory, file->name, AT_REMOVEDIR);
	else if (file->kind == FILE_LEFT)
		unlinkat(directory, file->name, 0);
	else if ((file->kind == FILE_TEXT || file->kind == FILE_WRITTEN ||
	          file->kind == FILE_SOCKET) &&
	         is_ours(number, directory, file->name) &&
	         unlinkat(directory, file->name, 0) != 0 && file->kind != FILE_SOCKET)
		/* So that it does not claim that the daemon runs. */
		empty(number, directory, file->name);
}

int files_do(const struct file_work *work, int *descriptor)
{
	*descriptor = -1;
	switch (work->word) {
	case WORD_PUT:
		return put(work->file, work->text, work->if_missing);
	case WORD_WRITE:
		return write_content(work);
	case WORD_OPEN:
		return open_one(work->file, descriptor);
	case WORD_PART:
		return open_part(work, descriptor);
	case WORD_END:
		remove_one(work->file);
		return 0;
	default:
		return EINVAL;
	}
}
