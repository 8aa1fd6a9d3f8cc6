/*
 * The two sides of a torrent of events.
 * torrent write DIRECTORY PART PARTS CHANGES: rewrites the files of its part of the 1000
 * (torrent.ts makes them), one after the other, as fast as it can. torrent read DIRECTORY: only
 * what a reader cannot avoid: watches the directories and reads their events until there is a name
 * "last". Prints milliseconds of processor time, events, overflows.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES 1000
#define DIRECTORIES 10
#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define BUFFER (1u << 20)

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void rewrite(const char *directory, long part, long parts, long changes)
{
	char path[PATH_MAX], text[32];

	for (long done = 0; done < changes; done++) {
		long number = (done * parts + part) % FILES;
		int file;

		snprintf(path, sizeof(path), "%s/d%ld/f%ld", directory, number % DIRECTORIES,
		         number);
		snprintf(text, sizeof(text), "%10ld", done);
		file = open(path, O_WRONLY | O_CLOEXEC);
		if (file < 0 || write(file, text, strlen(text)) < 0)
			fail(path);
		close(file);
	}
}

static double processor_ms(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static void read_all(const char *directory)
{
	int inotify = inotify_init1(IN_CLOEXEC);
	char path[PATH_MAX], *buffer = malloc(BUFFER);
	long events = 0, overflows = 0;
	bool ended = false;

	if (inotify < 0 || inotify_add_watch(inotify, directory, EVENTS) < 0)
		fail(directory);
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(path, sizeof(path), "%s/d%d", directory, i);
		if (inotify_add_watch(inotify, path, EVENTS) < 0)
			fail(path);
	}
	printf("watching\n");
	fflush(stdout);
	while (!ended) {
		long got = read(inotify, buffer, BUFFER);
		struct inotify_event event;

		if (got <= 0)
			fail("read");
		for (long at = 0; at < got; at += (long)sizeof(event) + event.len) {
			memcpy(&event, buffer + at, sizeof(event));
			events++;
			overflows += (event.mask & IN_Q_OVERFLOW) != 0;
			ended = ended ||
			        (event.len > 0 && strcmp(buffer + at + sizeof(event), "last") == 0);
		}
	}
	printf("%.0f %ld %ld\n", processor_ms(), events, overflows);
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "write") == 0)
		rewrite(argv[2], atol(argv[3]), atol(argv[4]), atol(argv[5]));
	else if (argc == 3 && strcmp(argv[1], "read") == 0)
		read_all(argv[2]);
	else
		return 2;
	return 0;
}
