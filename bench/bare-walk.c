/*
 * Only what cannot be avoided: opens, watches and lists every directory of a tree, and prints the
 * milliseconds. Usage: bare-walk DIRECTORY
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define BUFFER (64u << 10)

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Owns the descriptor. */
static void walk(int inotify, int directory)
{
	char link[32], *entries = malloc(BUFFER);
	long got;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	if (!entries || inotify_add_watch(inotify, link, EVENTS) < 0)
		fail("inotify_add_watch");
	while ((got = syscall(SYS_getdents64, directory, entries, BUFFER)) > 0)
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0)
				continue;
			int child = openat(directory, entry->d_name,
			                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (child < 0)
				fail("openat");
			walk(inotify, child);
		}
	free(entries);
	close(directory);
}

int main(int count, char **words)
{
	double since = now_ms();
	int inotify = inotify_init1(IN_CLOEXEC);
	int root = count == 2 ? open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (inotify < 0 || root < 0)
		fail("open");
	walk(inotify, root);
	printf("%.1f\n", now_ms() - since);
	return EXIT_SUCCESS;
}
