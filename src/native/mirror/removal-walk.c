#include "mirror/removal-walk.h"

#include "mirror/backup.h"
#include "mirror/findings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Directories above this depth stay open; those beneath are opened again by their `..`. */
enum { OPEN_DEPTH = 64 };

struct frame {
	/* -1: closed for a while. */
	int directory;
	uint64_t device, inode, identity;
	struct listing listing;
	size_t at;
	/* Of its own path, and where its name begins in it. */
	size_t length, name;
	/* Something in it stays. */
	bool keeps;
};

struct walk {
	struct worker *worker;
	struct job *job;
	enum removal_way way;
	/* The directory that the first one is in, and its name there. */
	int top;
	const char *top_name;
	struct frame *frames;
	size_t count, capacity;
	/* The path of the entry that is looked at, ended by NUL. */
	char *path;
	size_t path_capacity;
	bool is_over;
};

static void set_path(struct walk *walk, size_t length, const char *name)
{
	size_t needed = length + strlen(name) + 2;

	if (walk->path_capacity < needed) {
		walk->path_capacity = needed * 2;
		walk->path = grow_array(walk->path, walk->path_capacity, 1);
	}
	if (length > 0)
		walk->path[length++] = '/';
	strcpy(walk->path + length, name);
}

static void failed(const struct walk *walk, enum mirror_call call, int error)
{
	if (walk->way != WALK_SCAN)
		find_failure(walk->job->run, walk->job->row, walk->path, call, error,
		             AT_DESTINATION);
}

static bool has_checks(const struct walk *walk)
{
	return walk->way != WALK_ALL;
}

/* Opens a directory within another, but no mount and nothing through a symbolic link. */
static int open_within(int directory, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV
	};

	int opened = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));

	/* One's own directory may be closed even to oneself. */
	if (opened < 0 && errno == EACCES) {
		if (fchmodat(directory, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
			return (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
		errno = EACCES;
	}
	return opened;
}

enum entered { ENTERED, ENTERED_GONE, ENTERED_NOT };

/* Why a directory is not entered: a failure was reported, unless another thread has removed it. */
static enum entered not_entered(const struct walk *walk, enum mirror_call call, int error)
{
	if (error == ENOENT)
		return ENTERED_GONE;
	failed(walk, call, error);
	return ENTERED_NOT;
}

/* Enters the directory at `walk->path`. */
static enum entered enter(struct walk *walk, int within, const char *name)
{
	struct frame frame = { .length = strlen(walk->path),
		               .name = strlen(walk->path) - strlen(name) };
	struct stat status;
	int error;

	if (walk->count == 0)
		frame.name = 0;
	frame.directory = open_within(within, name);
	if (frame.directory < 0) {
		/* Another file system, or another part of this one: a mount. */
		return errno == EXDEV ? not_entered(walk, CALL_RMDIR, EBUSY)
		                      : not_entered(walk, CALL_OPEN, errno);
	}
	error = fstat(frame.directory, &status) == 0 ? 0 : errno;
	if (error == 0)
		error = listing_read(&frame.listing, frame.directory, walk->worker->buffer, BUFFER);
	if (error != 0) {
		close(frame.directory);
		listing_free(&frame.listing);
		return not_entered(walk, CALL_LIST, error);
	}
	/* As an ordinary user may have made it read-only. */
	if (walk->way != WALK_SCAN && status.st_uid == walk->worker->mirror->uid &&
	    (status.st_mode & 0300) != 0300)
		fchmod(frame.directory, 0700);
	frame.device = status.st_dev;
	frame.inode = status.st_ino;
	frame.identity = directory_identity(walk->worker->mirror, &status);
	if (walk->count == walk->capacity) {
		walk->capacity = walk->capacity ? walk->capacity * 2 : 16;
		walk->frames = grow_array(walk->frames, walk->capacity, sizeof(*walk->frames));
	}
	if (walk->count > OPEN_DEPTH) {
		close(walk->frames[walk->count - 1].directory);
		walk->frames[walk->count - 1].directory = -1;
	}
	walk->frames[walk->count++] = frame;
	return ENTERED;
}

/* Whether the source still does not have what is being removed. */
static bool is_still_gone(const struct walk *walk)
{
	const struct job *job = walk->job;
	struct stat status;

	return walk->way == WALK_ALL || job->pair->source < 0 ||
	       (fstatat(job->pair->source, job->name, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
	        errno == ENOENT);
}

static bool remove_name(struct walk *walk, const struct frame *frame, const char *name)
{
	struct mirror *mirror = walk->worker->mirror;
	pthread_mutex_t *lock =
	        &mirror->names[keyed_hash(&mirror->key, frame->identity, name, strlen(name)) %
	                       NAME_LOCKS];
	bool is_removed;

	if (walk->way == WALK_SCAN)
		return true;
	pthread_mutex_lock(lock);
	walk->is_over = !is_still_gone(walk);
	if (walk->is_over)
		is_removed = false;
	else if (walk->way == WALK_BACKUP)
		is_removed = backup_keep(walk->job, frame->directory, name, walk->path, false);
	else
		is_removed = unlinkat(frame->directory, name, 0) == 0 || errno == ENOENT;
	if (!is_removed && !walk->is_over && walk->way != WALK_BACKUP)
		failed(walk, CALL_UNLINK, errno);
	pthread_mutex_unlock(lock);
	if (is_removed)
		run_count(walk->job->run, COUNT_REMOVED, 1);
	return is_removed;
}

static bool is_directory(const struct frame *frame, const char *name, unsigned char type)
{
	struct stat status;

	if (type != DT_UNKNOWN)
		return type == DT_DIR;
	return fstatat(frame->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

/* Looks at the next name of the innermost directory. */
static void step(struct walk *walk)
{
	const struct protection *protection = &walk->job->run->protection;
	size_t number = walk->count - 1;
	struct frame *frame = &walk->frames[number];
	const char *name = listing_name(&frame->listing, frame->at);
	bool is_kept,
	        is_entered = is_directory(frame, name, listing_type(&frame->listing, frame->at));

	frame->at++;
	set_path(walk, frame->length, name);
	if (has_checks(walk) && (is_protected(protection, walk->path, is_entered) ||
	                         (is_entered && is_content_protected(protection, walk->path))))
		is_kept = true;
	else if (is_entered)
		is_kept = enter(walk, frame->directory, name) == ENTERED_NOT;
	else
		is_kept = !remove_name(walk, frame, name);
	walk->frames[number].keeps |= is_kept;
}

/* Opens the directory that the innermost one was in, if that was closed. */
static bool reopen_above(struct walk *walk)
{
	const struct frame *frame = &walk->frames[walk->count - 1];
	struct frame *above = walk->count > 1 ? &walk->frames[walk->count - 2] : NULL;
	struct stat status;

	if (!above || above->directory >= 0)
		return true;
	above->directory = openat(frame->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return above->directory >= 0 && fstat(above->directory, &status) == 0 &&
	       status.st_dev == above->device && status.st_ino == above->inode;
}

/* Leaves the innermost directory, whose names were all looked at, and removes it. */
static void leave(struct walk *walk)
{
	struct frame *frame = &walk->frames[walk->count - 1];
	struct frame *above = walk->count > 1 ? frame - 1 : NULL;
	bool is_kept = frame->keeps;

	walk->path[frame->length] = '\0';
	if (!reopen_above(walk)) {
		failed(walk, CALL_OPEN, ESTALE);
		walk->is_over = is_kept = true;
	}
	close(frame->directory);
	listing_free(&frame->listing);
	if (!is_kept && walk->way != WALK_SCAN) {
		const char *name = above ? walk->path + frame->name : walk->top_name;

		is_kept = unlinkat(above ? above->directory : walk->top, name, AT_REMOVEDIR) != 0 &&
		          errno != ENOENT;
		if (is_kept && is_still_gone(walk))
			failed(walk, CALL_RMDIR, errno);
		else if (!is_kept)
			run_count(walk->job->run, COUNT_REMOVED, 1);
	}
	if (above)
		above->keeps |= is_kept;
	else
		walk->frames[0].keeps = is_kept;
	walk->count--;
}

bool removal_walk(struct worker *worker, struct job *job, enum removal_way way, int directory,
                  const char *name, const char *path)
{
	struct walk walk = {
		.worker = worker, .job = job, .way = way, .top = directory, .top_name = name
	};
	bool is_all;

	set_path(&walk, 0, path);
	if (has_checks(&walk) && is_content_protected(&job->run->protection, path))
		is_all = false;
	else
		is_all = enter(&walk, directory, name) != ENTERED_NOT;
	while (walk.count > 0) {
		const struct frame *frame = &walk.frames[walk.count - 1];

		if (walk.is_over || (way == WALK_SCAN && frame->keeps) ||
		    run_is_stopped(job->run, job->row)) {
			walk.frames[walk.count - 1].keeps = true;
			leave(&walk);
		} else if (frame->at < frame->listing.count) {
			step(&walk);
		} else {
			leave(&walk);
		}
	}
	is_all = is_all && !(walk.frames && walk.frames[0].keeps);
	free(walk.frames);
	free(walk.path);
	return is_all;
}
