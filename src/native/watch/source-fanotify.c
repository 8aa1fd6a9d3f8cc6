/*
 * fanotify(7): one mark for the file system of the watch directory, made before the watcher runs,
 * which may not make one. A directory's key is a hash of its file handle, which stays the same for
 * as long as the directory exists and is never given to another one. No handle is opened here:
 * another process tells where the directory is that an event is about (resolver.h).
 *
 * Events of directories that are known to be elsewhere in the file system are dropped while they
 * are read. Directories of other file systems, mounted beneath the watch directory or btrfs(5)
 * subvolumes of it, are watched by inotify(7).
 */
#include "watch/marked.h"

#include "common/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the headers of Linux 6.5: the handle need not be one that can be opened. */
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

struct any_handle {
	struct file_handle head;
	uint8_t bytes[MAX_HANDLE_SZ];
};

/* False with errno when the file system has no handle for it. */
static bool handle_of(int directory, struct any_handle *handle)
{
	int mount, flags = AT_EMPTY_PATH | AT_HANDLE_FID;

	handle->head.handle_bytes = MAX_HANDLE_SZ;
	return name_to_handle_at(directory, "", &handle->head, &mount, flags) == 0 ||
	       (errno == EINVAL &&
	        name_to_handle_at(directory, "", &handle->head, &mount, AT_EMPTY_PATH) == 0);
}

/* KEY_NONE with errno likewise. */
static directory_key look_up(const struct marked *marked, int directory)
{
	struct any_handle handle;

	return handle_of(directory, &handle)
	               ? marked_key(marked, handle.head.handle_type, handle.head.f_handle,
	                            handle.head.handle_bytes)
	               : KEY_NONE;
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

static int open_fanotify(struct source *source, struct granted granted, int root)
{
	struct marked *marked = grow_array(NULL, 1, sizeof(*marked));
	const struct granted none = { -1, -1 };
	struct any_handle handle;
	struct stat status;
	int error;

	*marked = (struct marked){ .hash_key = hash_key_new(), .resolver.peer = granted.resolver };
	marked_keys_init(&marked->keys);
	source->fds[0] = granted.events;
	source->state = marked;
	error = source_open(&marked->elsewhere, &SOURCE_INOTIFY, none, root);
	if (!error)
		error = granted.events < 0 ? EBADF : check_group(granted.events);
	if (error)
		return error;
	source->fds[1] = marked->elsewhere.fds[0];
	if (fstat(root, &status) != 0 || !handle_of(root, &handle))
		return errno;
	marked->device = status.st_dev;
	source->lazy = resolver_open(&marked->resolver, granted.resolver, handle.head.handle_type,
	                             handle.head.f_handle, handle.head.handle_bytes);
	marked->keys.lazy = source->lazy;
	return 0;
}

static void close_fanotify(struct source *source)
{
	struct marked *marked = source->state;

	if (source->fds[0] >= 0)
		close(source->fds[0]);
	source_close(&marked->elsewhere);
	resolver_close(&marked->resolver);
	marked_keys_free(&marked->keys);
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
	marked_keys_add(&marked->keys, key);
	return key;
}

static void remove_watch(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	if (key & KEY_OF_HANDLE)
		marked_keys_remove(&marked->keys, key);
	else
		marked->elsewhere.type->remove(&marked->elsewhere, key);
}

static enum whereabouts where(struct source *source, const struct event *handle,
                              char path[PATH_MAX])
{
	const struct marked *marked = source->state;
	const size_t head = offsetof(struct marked_handle, bytes);
	struct marked_handle asked;

	memcpy(&asked, handle->name, handle->name_length);
	return resolver_ask(&marked->resolver, asked.type, asked.bytes, handle->name_length - head,
	                    path);
}

static void ignore(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	marked_keys_ignore(&marked->keys, key);
}

static bool ignores(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	return key & KEY_OF_HANDLE && marked_keys_ignores(&marked->keys, key);
}

static void tell_again(struct source *source)
{
	struct marked *marked = source->state;

	marked_keys_tell_again(&marked->keys);
}

static void complete(struct source *source)
{
	struct marked *marked = source->state;

	source->lazy = false;
	marked_keys_complete(&marked->keys);
}

static bool retire(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	if (key & KEY_OF_HANDLE)
		marked_keys_remove(&marked->keys, key);
	return key & KEY_OF_HANDLE;
}

static void restore(struct source *source, directory_key key)
{
	struct marked *marked = source->state;

	marked_keys_add(&marked->keys, key);
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
	pthread_mutex_lock(&marked->keys.lock);
	while (records_next(&bytes, &length, &notice))
		marked_tell(marked, &notice, queue, now);
	pthread_mutex_unlock(&marked->keys.lock);
}

const struct source_type SOURCE_FANOTIFY = { .name = "fanotify",
	                                     .merges = true,
	                                     .open = open_fanotify,
	                                     .close = close_fanotify,
	                                     .add = add,
	                                     .remove = remove_watch,
	                                     .where = where,
	                                     .ignore = ignore,
	                                     .ignores = ignores,
	                                     .tell_again = tell_again,
	                                     .complete = complete,
	                                     .retire = retire,
	                                     .restore = restore,
	                                     .parse = parse };
