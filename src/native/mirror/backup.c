#include "mirror/backup.h"

#include "mirror/beneath.h"
#include "mirror/findings.h"
#include "mirror/pair.h"
#include "mirror/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many objects of one name a run's backup can have. */
enum { VERSIONS = 1000 };

/* Another name for the same, where the name is taken. */
static const char *version(const char *name, unsigned number, char as[NAME_MAX + 16])
{
	snprintf(as, NAME_MAX + 16, "%.*s.~%u~", NAME_MAX - 8, name, number);
	return as;
}

/*
 * What we have made among what is root's becomes root's, if we can go on with it: others may be
 * given our id once we have ended.
 */
static void give_to_root(int above, int made)
{
	struct stat status;

	if (fstat(above, &status) != 0 || status.st_uid != 0 || fstat(made, &status) != 0 ||
	    status.st_uid != geteuid() || fchown(made, 0, 0) != 0)
		return;
	if (faccessat(made, ".", W_OK | X_OK, AT_EACCESS) != 0)
		(void)!fchown(made, geteuid(), getegid());
}

static int make_and_open(int directory, const char *name)
{
	const bool made = mkdirat(directory, name, 0700) == 0;

	if (!made && errno != EEXIST)
		return -1;
	int entered = open_beneath_root(directory, name);
	if (made && entered >= 0)
		give_to_root(directory, entered);
	return entered;
}

/* Makes and opens a directory within another, which it closes; -1 with errno. */
static int enter(int directory, const char *name)
{
	char as[NAME_MAX + 16];
	int entered = make_and_open(directory, name);

	for (unsigned i = 2; entered < 0 && (errno == ENOTDIR || errno == ELOOP) && i <= VERSIONS;
	     i++)
		entered = make_and_open(directory, version(name, i, as));
	int error = errno;
	close(directory);
	errno = error;
	return entered;
}

/* Makes and opens the directory beneath the backup root for a path; -1 with errno. */
static int open_place(const struct mirror_run *run, const char *path, const char **name)
{
	int directory = open_beneath_root(run->mirror->backup, "");
	char part[NAME_MAX + 1];

	if (directory >= 0)
		directory = enter(directory, run->stamp);
	for (const char *slash; directory >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		size_t length = (size_t)(slash - path);

		memcpy(part, path, length);
		part[length] = '\0';
		directory = enter(directory, part);
	}
	*name = path;
	return directory;
}

static int keep(const struct mirror *mirror, int from, const char *name, int to, const char *as,
                bool link)
{
	if (link && linkat(from, name, to, as, 0) == 0)
		return 0;
	if (link && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP)
		return -1;
	if (rename_to(mirror, from, name, to, as, RENAME_NOREPLACE) == 0)
		return 0;
	/* Not every file system knows the flag. */
	if (errno != EINVAL)
		return -1;
	if (faccessat(to, as, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename_to(mirror, from, name, to, as, 0);
}

bool backup_keep(const struct job *job, int directory, const char *name, const char *path,
                 bool link)
{
	const char *last;
	char as[NAME_MAX + 16];
	int place = open_place(job->run, path, &last), kept = -1;

	if (place < 0) {
		find_failure(job->run, job->row, path, CALL_MKDIR, errno, AT_BACKUP);
		return false;
	}
	kept = keep(job->run->mirror, directory, name, place, last, link);
	for (unsigned i = 2; kept < 0 && errno == EEXIST && i <= VERSIONS; i++)
		kept = keep(job->run->mirror, directory, name, place, version(last, i, as), link);
	/* Another thread has removed it. */
	if (kept < 0 && errno == ENOENT)
		kept = 0;
	if (kept < 0)
		find_failure(job->run, job->row, path, link ? CALL_LINK : CALL_RENAME, errno,
		             AT_BACKUP);
	close(place);
	return kept == 0;
}
