#include "mirror/move.h"

#include "mirror/backup.h"
#include "mirror/directory.h"
#include "mirror/findings.h"
#include "mirror/names.h"
#include "mirror/place.h"
#include "mirror/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* In the place of an object that is there already. False: nothing has changed. */
static bool replace(struct mirror_run *run, uint32_t row, const struct pair *from,
                    const char *from_name, struct pair *to, const char *to_name)
{
	const struct row *move = &run->rows.list[row];
	struct job job = {
		.run = run, .pair = to, .name = to_name, .path = move->path, .row = row
	};
	struct stat origin, copy;

	if (fstatat(from->destination, from_name, &origin, AT_SYMLINK_NOFOLLOW) != 0 ||
	    job_copy(&job, &copy) != LOOKED_PRESENT ||
	    (origin.st_dev == copy.st_dev && origin.st_ino == copy.st_ino) ||
	    run->options & RUN_KEEP)
		return false;
	if (!S_ISDIR(origin.st_mode) && !S_ISDIR(copy.st_mode)) {
		if (run->options & RUN_BACKUP &&
		    !backup_keep(&job, to->destination, to_name, move->path, true))
			return false;
		return renameat(from->destination, from_name, to->destination, to_name) == 0;
	}
	/* What was there waits at the origin, and is looked at like any other name. */
	if (rename_to(run->mirror, from->destination, from_name, to->destination, to_name,
	              RENAME_EXCHANGE) != 0)
		return false;
	pthread_mutex_lock(&run->lock);
	names_add(&run->now, (struct named){ .row = row }, move->origin);
	pthread_mutex_unlock(&run->lock);
	return true;
}

/*
 * A rename gives a copy a later change time than the source's last write has, which would hide that
 * write from a comparison. Its time of modification says then that the content is to be compared,
 * even if that is left to another process.
 */
static void doubt(const struct mirror_run *run, uint32_t row, const struct pair *pair,
                  const char *name)
{
	const struct place place = { -1, pair->destination, name };
	struct stat status;

	/* Other names of it may not be looked at now. */
	if (!(run->rows.list[row].flags & ROW_UNWRITTEN) &&
	    fstatat(pair->destination, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(status.st_mode) && status.st_nlink == 1)
		place_set_time(&place, (struct timespec){ 0 });
}

static void note(struct mirror_run *run, uint32_t row, const struct pair *pair, const char *name,
                 const char *path)
{
	doubt(run, row, pair, name);
	names_add(&run->moved, (struct named){ .row = row, .flags = run->rows.list[row].flags },
	          path);
}

static bool make_move(struct mirror_run *run, uint32_t row, const struct pair *from,
                      const char *from_name, struct pair *to, const char *to_name)
{
	struct stat status;

	if (run->rows.list[row].flags & ROW_EXCHANGE &&
	    rename_to(run->mirror, from->destination, from_name, to->destination, to_name,
	              RENAME_EXCHANGE) == 0)
		return true;
	if (rename_to(run->mirror, from->destination, from_name, to->destination, to_name,
	              RENAME_NOREPLACE) == 0)
		return true;
	/* Not every file system knows the flag. */
	if (errno == EINVAL &&
	    fstatat(to->destination, to_name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return rename_to(run->mirror, from->destination, from_name, to->destination,
		                 to_name, 0) == 0;
	return (errno == EEXIST || errno == EINVAL) &&
	       replace(run, row, from, from_name, to, to_name);
}

void move_make(struct worker *worker, struct mirror_run *run, uint32_t row)
{
	const struct row *move = &run->rows.list[row];
	const struct protection *protection = &run->protection;
	const char *from_name, *to_name;
	struct pair *from, *to;
	struct stat status;
	bool is_there, is_moved = false;

	if (is_beneath_protected(protection, move->path) ||
	    is_beneath_protected(protection, move->origin))
		return;
	from = pair_above(worker, run, move->origin, row, false, &from_name);
	to = pair_above(worker, run, move->path, row, true, &to_name);
	if (from && pair_open_up(run->mirror, from))
		directory_note(run, from->path, row);
	is_there = from && to &&
	           fstatat(from->destination, from_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (is_there && !is_protected(protection, move->origin, S_ISDIR(status.st_mode)) &&
	    !is_protected(protection, move->path, S_ISDIR(status.st_mode)))
		is_moved = make_move(run, row, from, from_name, to, to_name);
	if (is_moved) {
		run_count(run, COUNT_MOVED, 1);
		note(run, row, to, to_name, move->path);
		note(run, row, from, from_name, move->origin);
		directory_note(run, from->path, row);
		directory_note(run, to->path, row);
	} else if (is_there ||
	           (to && fstatat(to->destination, to_name, &status, AT_SYMLINK_NOFOLLOW) == 0)) {
		run->is_doubtful = true;
	}
	pair_free(to);
	pair_free(from);
}
