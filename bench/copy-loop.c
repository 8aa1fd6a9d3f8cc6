/*
 * The bare limit of a mirror: copies a tree as a daemon would, one thread, and does nothing else.
 * copy-loop SOURCE DESTINATION. Each file goes to a temporary name, gets owner, mode and times and
 * is renamed; a file that is there with the same size and time is left alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY ".copy-loop"
#define PIECE (1 << 30)

static void check(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void set_attributes(int fd, const struct stat *as)
{
	const struct timespec times[] = { as->st_atim, as->st_mtim };
	check(fchown(fd, as->st_uid, as->st_gid) == 0 && fchmod(fd, as->st_mode & 07777) == 0 &&
	              futimens(fd, times) == 0,
	      "attributes");
}

static void copy_file(int from, int to, const char *name, const struct stat *stat)
{
	struct stat there;

	if (fstatat(to, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_size == stat->st_size &&
	    there.st_mtim.tv_sec == stat->st_mtim.tv_sec &&
	    there.st_mtim.tv_nsec == stat->st_mtim.tv_nsec)
		return;
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = openat(to, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	check(in >= 0 && out >= 0, name);
	ssize_t copied;
	while ((copied = copy_file_range(in, NULL, out, NULL, PIECE, 0)) > 0)
		;
	check(copied == 0, "copy_file_range");
	set_attributes(out, stat);
	close(in);
	close(out);
	check(renameat(to, TEMPORARY, to, name) == 0, name);
}

static int directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd >= 0, name);
	return fd;
}

/* Closes both. */
static void copy_tree(int from, int to)
{
	struct stat stat;
	const struct dirent *entry;
	DIR *list = fdopendir(dup(from));

	check(list != NULL, "fdopendir");
	while ((entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		check(fstatat(from, name, &stat, AT_SYMLINK_NOFOLLOW) == 0, name);
		if (S_ISREG(stat.st_mode)) {
			copy_file(from, to, name, &stat);
		} else if (S_ISDIR(stat.st_mode)) {
			check(mkdirat(to, name, 0700) == 0 || errno == EEXIST, name);
			copy_tree(directory(from, name), directory(to, name));
		}
	}
	closedir(list);
	check(fstat(from, &stat) == 0, "fstat");
	set_attributes(to, &stat);
	close(from);
	close(to);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: copy-loop SOURCE DESTINATION\n", stderr);
		return 2;
	}
	copy_tree(directory(AT_FDCWD, argv[1]), directory(AT_FDCWD, argv[2]));
	return 0;
}
