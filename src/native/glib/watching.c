/*
 * A monitor belongs to a path, and GLib takes two of one path for the same; two of one directory
 * share a watch of the kernel, which ends with the first. So there is one for a path and one for a
 * directory at any time, and one that is not at its path any longer is ended.
 */
#include "glib/watching.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Microseconds without an event. */
#define REST G_USEC_PER_SEC

struct inode {
	dev_t device;
	ino_t number;
};

struct watched {
	struct watching *watching;
	directory_key key;
	char *path;
	struct inode inode;
	GFileMonitor *monitor;
};

/*
 * As far as one can know: what is written to is none, what has left its name was one if it was
 * watched, and otherwise what is there now tells.
 */
static bool is_directory(const struct watched *watched, const char *name, uint32_t mask)
{
	g_autofree char *path = NULL;
	struct stat status;

	if (*name == '\0' || mask & (IN_MODIFY | IN_CLOSE_WRITE))
		return false;
	path = g_build_filename(watched->path, name, NULL);
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		return g_hash_table_contains(watched->watching->by_path, path);
	return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void watching_tell(struct watching *watching, const struct gio_event *event)
{
	/* It waits where the reader is late. When there is none any longer, nobody misses it. */
	if (write(watching->events, event, offsetof(struct gio_event, name) + event->length) < 0)
		return;
}

static void tell(const struct watched *watched, uint32_t mask, uint32_t cookie, const char *name)
{
	struct gio_event event = { .key = watched->key, .mask = mask, .cookie = cookie };
	size_t length = strlen(name);

	if (length > sizeof(event.name))
		return;
	if (is_directory(watched, name, mask))
		event.mask |= IN_ISDIR;
	event.length = (uint32_t)length;
	memcpy(event.name, name, length);
	watching_tell(watched->watching, &event);
}

/*
 * GLib does not tell that the kernel's queue overflowed. When it could have, everything must be
 * looked at: since the last rest, half as many events were told as the queue holds. GLib makes one
 * of two at most.
 */
static void count(struct watching *watching)
{
	const struct gio_event event = { .key = KEY_NONE, .mask = IN_Q_OVERFLOW };
	gint64 now = g_get_monotonic_time();

	if (now - watching->last > REST)
		watching->told = 0;
	watching->last = now;
	if (++watching->told < watching->limit / 2)
		return;
	watching->told = 0;
	watching_tell(watching, &event);
}

static const char *name_of(const GFile *file)
{
	const char *path = g_file_peek_path((GFile *)file),
	           *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : "";
}

/* The same for both events of a move, in whichever order they are told. */
static uint32_t cookie_of(GFile *from, GFile *to)
{
	const char *left = from ? g_file_peek_path(from) : NULL;
	const char *come = to ? g_file_peek_path(to) : NULL;

	return g_str_hash(left ? left : "") * 31 + g_str_hash(come ? come : "");
}

static void end(struct watched *watched)
{
	g_hash_table_remove(watched->watching->by_path, watched->path);
	g_hash_table_remove(watched->watching->by_inode, &watched->inode);
	g_hash_table_remove(watched->watching->by_key, &watched->key);
}

static void changed(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent type,
                    gpointer data)
{
	struct watched *watched = data;
	const char *path = g_file_peek_path(file);
	bool itself = path && strcmp(path, watched->path) == 0;
	const char *name = itself ? "" : name_of(file);

	(void)monitor;
	if (!path)
		return;
	count(watched->watching);
	switch (type) {
	case G_FILE_MONITOR_EVENT_CHANGED:
		tell(watched, IN_MODIFY, 0, name);
		break;
	case G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT:
		tell(watched, IN_CLOSE_WRITE, 0, name);
		break;
	case G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED:
		tell(watched, IN_ATTRIB, 0, name);
		break;
	case G_FILE_MONITOR_EVENT_CREATED:
		tell(watched, IN_CREATE, 0, name);
		break;
	case G_FILE_MONITOR_EVENT_MOVED_IN:
		tell(watched, IN_MOVED_TO, cookie_of(other, file), name);
		break;
	case G_FILE_MONITOR_EVENT_RENAMED:
		tell(watched, IN_MOVED_FROM, cookie_of(file, other), name);
		tell(watched, IN_MOVED_TO, cookie_of(file, other), name_of(other));
		break;
	case G_FILE_MONITOR_EVENT_MOVED_OUT:
		tell(watched, itself ? IN_MOVE_SELF : IN_MOVED_FROM, cookie_of(file, other), name);
		break;
	case G_FILE_MONITOR_EVENT_DELETED:
	case G_FILE_MONITOR_EVENT_UNMOUNTED:
		/* Of the directory itself: or it was moved, and GLib watches it no longer. */
		tell(watched, itself ? IN_DELETE_SELF | IN_IGNORED : IN_DELETE, 0, name);
		if (itself)
			end(watched);
		break;
	default:
		break;
	}
}

static void free_watched(gpointer data)
{
	struct watched *watched = data;

	g_signal_handlers_disconnect_by_data(watched->monitor, watched);
	g_file_monitor_cancel(watched->monitor);
	g_object_unref(watched->monitor);
	g_free(watched->path);
	g_free(watched);
}

/* Whether the kernel watches one more directory: GLib does not tell. */
static bool may_watch(const struct watching *watching, const char *link)
{
	int watch = inotify_add_watch(watching->trial, link, IN_DELETE_SELF | IN_ONLYDIR);

	return watch >= 0 && inotify_rm_watch(watching->trial, watch) == 0;
}

static guint hash_inode(gconstpointer key)
{
	const struct inode *inode = key;

	return (guint)(inode->number ^ inode->number >> 32 ^ inode->device);
}

static gboolean is_same_inode(gconstpointer left, gconstpointer right)
{
	const struct inode *one = left, *other = right;

	return one->device == other->device && one->number == other->number;
}

static bool is_at_its_path(const struct watched *watched)
{
	struct stat status;

	return lstat(watched->path, &status) == 0 &&
	       is_same_inode(&watched->inode, &(struct inode){ status.st_dev, status.st_ino });
}

static directory_key watch(struct watching *watching, char *path, const struct inode *inode)
{
	g_autoptr(GFile) file = g_file_new_for_path(path);
	GFileMonitor *monitor = g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL,
	                                                 NULL);
	struct watched *watched;

	if (!monitor) {
		g_free(path);
		errno = EOPNOTSUPP;
		return KEY_NONE;
	}
	/* Otherwise it waits up to 0.8 s between two changes of a file. */
	g_file_monitor_set_rate_limit(monitor, 0);
	watched = g_new(struct watched, 1);
	*watched = (struct watched){ .watching = watching,
		                     .key = ++watching->last_key,
		                     .path = path,
		                     .inode = *inode,
		                     .monitor = monitor };
	g_signal_connect(monitor, "changed", G_CALLBACK(changed), watched);
	g_hash_table_insert(watching->by_key, &watched->key, watched);
	g_hash_table_insert(watching->by_path, watched->path, watched);
	g_hash_table_insert(watching->by_inode, &watched->inode, watched);
	if (is_at_its_path(watched))
		return watched->key;
	end(watched);
	errno = ENOENT;
	return KEY_NONE;
}

directory_key watching_add(struct watching *watching, int directory)
{
	char link[32], path[PATH_MAX + 1];
	struct watched *there;
	struct inode inode;
	struct stat status;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	length = readlink(link, path, sizeof(path));
	if (length < 0 || fstat(directory, &status) != 0)
		return KEY_NONE;
	if ((size_t)length >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return KEY_NONE;
	}
	path[length] = '\0';
	inode = (struct inode){ status.st_dev, status.st_ino };
	there = g_hash_table_lookup(watching->by_inode, &inode);
	/* Mounted at two places it is one directory, and both have its key. */
	if (there && is_at_its_path(there))
		return there->key;
	if (there)
		end(there);
	there = g_hash_table_lookup(watching->by_path, path);
	if (there)
		end(there);
	return may_watch(watching, link) ? watch(watching, g_strdup(path), &inode) : KEY_NONE;
}

void watching_remove(struct watching *watching, directory_key key)
{
	struct watched *watched = g_hash_table_lookup(watching->by_key, &key);

	if (watched)
		end(watched);
}

void watching_init(struct watching *watching, int events, int trial, uint32_t limit)
{
	*watching = (struct watching){
		.events = events,
		.trial = trial,
		.limit = limit,
		.by_key = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_watched),
		.by_path = g_hash_table_new(g_str_hash, g_str_equal),
		.by_inode = g_hash_table_new(hash_inode, is_same_inode),
	};
}

void watching_free(struct watching *watching)
{
	g_hash_table_destroy(watching->by_path);
	g_hash_table_destroy(watching->by_inode);
	g_hash_table_destroy(watching->by_key);
}
