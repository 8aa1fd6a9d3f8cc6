/*
 * Usage: file-monitors SEED ROUNDS DIRECTORY
 *
 * Watches a directory by src/native/glib/file-monitors.c, changes it in each round and waits for
 * the events: of new, renamed and removed names, and of a directory that leaves.
 */
#include "check.h"
#include "glib/file-monitors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct gio_functions clsync_gio;

/* GLib keeps what it has made once. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static int events;

/* Waits until this has been told, whatever else is told before. */
static void await(directory_key key, uint32_t bits, const char *name)
{
	struct pollfd polled = { .fd = events, .events = POLLIN };
	struct gio_event event;
	ssize_t got;

	for (;;) {
		CHECK(poll(&polled, 1, 60000) == 1);
		got = read(events, &event, sizeof(event));
		CHECK(got == (ssize_t)(offsetof(struct gio_event, name) + event.length));
		if (event.key == key && (event.mask & bits) == bits &&
		    event.length == strlen(name) && memcmp(event.name, name, event.length) == 0)
			return;
	}
}

static directory_key add(struct gio *gio, int root, const char *name)
{
	int directory = openat(root, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	directory_key key;

	CHECK(directory >= 0);
	key = clsync_gio.add(gio, directory);
	close(directory);
	return key;
}

static void make_file(int root, const char *name)
{
	int file = openat(root, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(file >= 0 && write(file, "x", 1) == 1);
	close(file);
}

static void round_of_changes(struct gio *gio, int root, directory_key top)
{
	directory_key inner, moved;

	make_file(root, "file");
	await(top, IN_CREATE, "file");
	CHECK(renameat(root, "file", root, "renamed") == 0);
	await(top, IN_MOVED_FROM, "file");
	await(top, IN_MOVED_TO, "renamed");
	CHECK(fchmodat(root, "renamed", 0644, 0) == 0);
	await(top, IN_ATTRIB, "renamed");
	CHECK(unlinkat(root, "renamed", 0) == 0);
	await(top, IN_DELETE, "renamed");

	CHECK(mkdirat(root, "inner", 0700) == 0);
	await(top, IN_CREATE | IN_ISDIR, "inner");
	inner = add(gio, root, "inner");
	CHECK(inner != KEY_NONE && add(gio, root, "inner") == inner);
	make_file(root, "inner/file");
	await(inner, IN_CREATE, "file");
	/* At another path it is another one, and told of there. */
	CHECK(renameat(root, "inner", root, "moved") == 0);
	moved = add(gio, root, "moved");
	CHECK(moved != KEY_NONE && moved != inner);
	CHECK(unlinkat(root, "moved/file", 0) == 0);
	await(moved, IN_DELETE, "file");
	CHECK(unlinkat(root, "moved", AT_REMOVEDIR) == 0);
	await(moved, IN_DELETE_SELF | IN_IGNORED, "");
	clsync_gio.mark(gio);
	await(KEY_NONE, 0, "");
}

int main(int count, char **words)
{
	int root;
	struct gio *gio;
	directory_key top;

	CHECK(count == 4);
	root = open(words[3], O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);
	gio = clsync_gio.open(&events, 16384);
	CHECK(gio);
	top = add(gio, root, ".");
	CHECK(top != KEY_NONE);
	for (long rounds = strtol(words[2], NULL, 10); rounds > 0; rounds--)
		round_of_changes(gio, root, top);
	clsync_gio.remove(gio, top);
	CHECK(add(gio, root, ".") != top);
	close(events);
	clsync_gio.close(gio);
	return 0;
}
