/*
 * fanotify(7): one mark for the file system of the watch directory, made before the watcher runs,
 * which may not make one. A directory's key is a hash of its file handle, which stays the same for
 * as long as the directory exists and is never given to another one. No handle is ever opened.
 *
 * Events of other directories of the file system are dropped while they are read. Directories of
 * other file systems, mounted beneath the watch directory or btrfs(5) subvolumes of it, are watched
 * by inotify(7).
 */
#include "watch/fanotify-records.h"
#include "watch/key-set.h"
#include "watch/queue.h"
#include "watch/source.h"

#include "common/bytes.h"
#include "common/keyed-hash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the headers of Linux 6.5: the handle need not be one that can be opened. */
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

/* In every key of this source, so that it is none of inotify(7), nor 0. The rest is the hash. */
#define KEY_OF_HANDLE (INT64_C(1) << 62)

_Static_assert(FAN_MODIFY == IN_MODIFY && FAN_ATTRIB == IN_ATTRIB && FAN_CREATE == IN_CREATE &&
                       FAN_CLOSE_WRITE == IN_CLOSE_WRITE && FAN_DELETE == IN_DELETE &&
                       FAN_ONDIR == IN_ISDIR && FAN_Q_OVERFLOW == IN_Q_OVERFLOW,
               "events are handed on by the bits of inotify(7)");

struct marked {
	/* st_dev of the directories that the mark is for. */
	uint64_t device;
	/* For all others. */
	struct source elsewhere;
	struct hash_key hash_key;
	/* Of the keys, which both threads use. */
	pthread_mutex_t lock;
	struct key_set keys;
	/* How many renames there were; it makes a cookie for each. */
	uint32_t renames;
};

static directory_key key_of(const struct marked *marked, int type, const void *bytes, size_t length)
{
	uint64_t hash = keyed_hash(&marked->hash_key, (uint64_t)type, bytes, length);

	return (directory_key)(hash & (KEY_OF_ITSELF - 1)) | KEY_OF_HANDLE;
}

/* KEY_NONE with errno when the file system has no handle for it. */
static directory_key look_up(const struct marked *marked, int directory)
{
	struct {
		struct file_handle head;
		uint8_t bytes[MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount, flags = AT_EMPTY_PATH | AT_HANDLE_FID;

	if (name_to_handle_at(directory, "", &handle.head, &mount, flags) != 0 &&
	    (errno != EINVAL ||
	     name_to_handle_at(directory, "", &handle.head, &mount, AT_EMPTY_PATH) != 0))
		return KEY_NONE;
	return key_of(marked, handle.head.handle_type, handle.head.f_handle,
	              handle.head.handle_bytes);
}

/*
 * The launcher hands over the group or, where it could make none, an eventfd(2) that holds the
 * errno value. From a group nothing is read here: its events do not fit.
 */
static int check_group(int granted)
{
	uint64_t reason;
	int waiting;

	if (read(granted, &reason, sizeof(reason)) == (ssize_t)sizeof(reason))
		return (int)reason;
	return ioctl(granted, FIONREAD, &waiting) == 0 ? 0 : errno;
}

static int open_fanotify(struct source *source, int granted, int root)
{
	struct marked *marked = grow_array(NULL, 1, sizeof(*marked));
	struct stat status;
	int error;

	*marked = (struct marked){ .hash_key = hash_key_new() };
	pthread_mutex_init(&marked->lock, NULL);
	source->fds[0] = granted;
	source->state = marked;
	error = source_open(&marked->elsewhere, &SOURCE_INOTIFY, -1, root);
	if (!error)
		error = granted < 0 ? EBADF : check_group(granted);
	if (error)
		return error;
	source->fds[1] = marked->elsewhere.fds[0];
	if (fstat(root, &status) != 0 || look_up(marked, root) == KEY_NONE)
		return errno;
	marked->device = status.st_dev;
	return 0;
}

static void close_fanotify(struct source *source)
{
	struct marked *marked = source->state;

	if (source->fds[0] >= 0)
		close(source->fds[0]);
	source_close(&marked->elsewhere);
	key_set_free(&marked->keys);
	pthread_mutex_destroy(&marked->lock);
	free(marked);
}

static directory_key add(struct source *source, int directory, uint64_t device,
                         enum source_interest interest)
{
	struct marked *marked = source->state;
	directory_key key = device == marked->device ? look_up(marked, directory) : KEY_NONE;

	if (key == KEY_NONE)
		return marked->elsewhere.type->add(&marked->elsewhere, directory, device, interest);
	if (interest == INTEREST_ITSELF)
		key |= KEY_OF_ITSELF;
	pthread_mutex_lock(&marked->lock);
	key_set_add(&marked->keys, key);
	pthread_mutex_unlock(&marked->lock);
	return key;
}

static void remove_watch(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	if (!(key & KEY_OF_HANDLE)) {
		marked->elsewhere.type->remove(&marked->elsewhere, key);
		return;
	}
	pthread_mutex_lock(&marked->lock);
	key_set_remove(&marked->keys, key);
	pthread_mutex_unlock(&marked->lock);
}

/* A directory of a record. */
struct concerned {
	directory_key key;
	bool watched;
};

static struct concerned concerned_by(const struct marked *marked, const struct record *record)
{
	struct concerned concerned = { .key = KEY_NONE };

	if (record->handle) {
		concerned.key = key_of(marked, record->type, record->handle, record->handle_length);
		concerned.watched = key_set_has(&marked->keys, concerned.key);
	}
	return concerned;
}

/* Where an event is about a name and something else is left to say of the directory there. */
static void tell_target(const struct marked *marked, const struct record *target, uint32_t mask,
                        struct queue *queue, double now)
{
	struct concerned concerned = concerned_by(marked, target);

	if (concerned.watched)
		queue_add(queue, concerned.key, mask, 0, "", 0, now);
}

static void tell_rename(struct marked *marked, const struct notice *notice, struct queue *queue,
                        double now)
{
	const struct concerned from = concerned_by(marked, &notice->from),
	                       to = concerned_by(marked, &notice->to);
	const uint32_t directory = notice->mask & IN_ISDIR;
	/* The kernel counts those of inotify(7), and has not come so far. */
	const uint32_t cookie = UINT32_C(1) << 31 | ++marked->renames;

	if (from.watched && !notice->from.is_itself)
		queue_add(queue, from.key, IN_MOVED_FROM | directory, cookie, notice->from.name,
		          notice->from.name_length, now);
	if (to.watched && !notice->to.is_itself)
		queue_add(queue, to.key, IN_MOVED_TO | directory, cookie, notice->to.name,
		          notice->to.name_length, now);
	if (directory)
		tell_target(marked, &notice->target, IN_MOVE_SELF, queue, now);
}

static void tell_itself(const struct marked *marked, const struct notice *notice,
                        struct queue *queue, double now)
{
	const uint32_t bits = notice->mask & (IN_ATTRIB | IN_MODIFY | IN_CLOSE_WRITE);
	const struct concerned itself = concerned_by(marked, &notice->from);
	const directory_key limited = itself.key | KEY_OF_ITSELF;

	if (bits && itself.watched)
		queue_add(queue, itself.key, bits | IN_ISDIR, 0, "", 0, now);
	if (bits && key_set_has(&marked->keys, limited))
		queue_add(queue, limited, bits | IN_ISDIR, 0, "", 0, now);
}

/*
 * Of one inode at one name. What the kernel has merged is told in the order in which it mostly
 * happens: see `merges` of the source.
 */
static void tell_name(struct marked *marked, const struct notice *notice, struct queue *queue,
                      double now)
{
	static const uint32_t order[] = { IN_CREATE, IN_MODIFY, IN_CLOSE_WRITE, IN_ATTRIB,
		                          IN_DELETE };
	const uint32_t directory = notice->mask & IN_ISDIR;
	const struct concerned above = concerned_by(marked, &notice->from);

	if (directory && notice->mask & IN_DELETE) {
		tell_target(marked, &notice->target, IN_DELETE_SELF, queue, now);
		/* No directory will have the key again. */
		tell_target(marked, &notice->target, IN_IGNORED, queue, now);
		key_set_remove(&marked->keys, concerned_by(marked, &notice->target).key);
	}
	if (above.watched)
		for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
			if (notice->mask & order[i])
				queue_add(queue, above.key, order[i] | directory, 0,
				          notice->from.name, notice->from.name_length, now);
}

static void tell(struct marked *marked, const struct notice *notice, struct queue *queue,
                 double now)
{
	if (notice->mask & FAN_Q_OVERFLOW)
		queue_overflow(queue, IN_Q_OVERFLOW, now);
	else if (notice->mask & FAN_RENAME)
		tell_rename(marked, notice, queue, now);
	else if (notice->from.is_itself)
		tell_itself(marked, notice, queue, now);
	else
		tell_name(marked, notice, queue, now);
}

static void parse(struct source *source, size_t from, const uint8_t *bytes, size_t length,
                  struct queue *queue, double now)
{
	struct marked *marked = source->state;
	struct notice notice;

	if (from == 1) {
		marked->elsewhere.type->parse(&marked->elsewhere, 0, bytes, length, queue, now);
		return;
	}
	pthread_mutex_lock(&marked->lock);
	while (records_next(&bytes, &length, &notice))
		tell(marked, &notice, queue, now);
	pthread_mutex_unlock(&marked->lock);
}

const struct source_type SOURCE_FANOTIFY = { .name = "fanotify",
	                                     .merges = true,
	                                     .open = open_fanotify,
	                                     .close = close_fanotify,
	                                     .add = add,
	                                     .remove = remove_watch,
	                                     .parse = parse };
