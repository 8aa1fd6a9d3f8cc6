/* What the events of a marked file system say, by the bits of inotify(7). */
#include "watch/marked.h"

#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>

_Static_assert(FAN_MODIFY == IN_MODIFY && FAN_ATTRIB == IN_ATTRIB && FAN_CREATE == IN_CREATE &&
                       FAN_CLOSE_WRITE == IN_CLOSE_WRITE && FAN_DELETE == IN_DELETE &&
                       FAN_ONDIR == IN_ISDIR && FAN_Q_OVERFLOW == IN_Q_OVERFLOW,
               "events are handed on by the bits of inotify(7)");

directory_key marked_key(const struct marked *marked, int type, const void *bytes, size_t length)
{
	uint64_t hash = keyed_hash(&marked->hash_key, (uint64_t)type, bytes, length);

	return (directory_key)(hash & (KEY_OF_ITSELF - 1)) | KEY_OF_HANDLE;
}

/* A directory of a record. */
struct concerned {
	directory_key key;
	enum known known;
};

static struct concerned concerned_by(const struct marked *marked, const struct record *record)
{
	struct concerned concerned = { .key = KEY_NONE, .known = KNOWN_IGNORED };

	if (record->handle) {
		concerned.key = marked_key(marked, record->type, record->handle,
		                           record->handle_length);
		concerned.known = known_of(&marked->keys, concerned.key);
	}
	return concerned;
}

/*
 * Whether an event in the directory of a record is told. Of one of which nothing is known, the
 * handle comes before.
 */
static bool is_told(struct marked *marked, struct concerned concerned, const struct record *record,
                    struct queue *queue)
{
	struct marked_handle handle = { .type = record->type };

	if (concerned.known != KNOWN_NOT || record->handle_length > sizeof(handle.bytes))
		return concerned.known == KNOWN_WATCHED;
	if (!known_is_to_ask(&marked->keys, concerned.key, queue->begun))
		return true;
	memcpy(handle.bytes, record->handle, record->handle_length);
	queue_add_note(queue, RECORD_HANDLE, concerned.key, &handle,
	               offsetof(struct marked_handle, bytes) + record->handle_length);
	return true;
}

/* Where an event is about a name and something else is left to say of the directory there. */
static void tell_target(const struct marked *marked, const struct record *target, uint32_t mask,
                        struct queue *queue, double now)
{
	struct concerned concerned = concerned_by(marked, target);

	if (concerned.known == KNOWN_WATCHED)
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

	/* What is ignored beneath the directory may come into the tree with it. */
	if (directory && to.known != KNOWN_IGNORED)
		known_to_none(&marked->keys);
	/* It may have been out of the tree, and changed there. */
	if (from.known == KNOWN_NOT)
		queue_forget_origin(queue, from.key, notice->from.name, notice->from.name_length);
	if (!notice->from.is_itself && is_told(marked, from, &notice->from, queue))
		queue_add(queue, from.key, IN_MOVED_FROM | directory, cookie, notice->from.name,
		          notice->from.name_length, now);
	if (!notice->to.is_itself && is_told(marked, to, &notice->to, queue))
		queue_add(queue, to.key, IN_MOVED_TO | directory, cookie, notice->to.name,
		          notice->to.name_length, now);
	if (directory)
		tell_target(marked, &notice->target, IN_MOVE_SELF, queue, now);
}

static void tell_itself(struct marked *marked, const struct notice *notice, struct queue *queue,
                        double now)
{
	const uint32_t bits = notice->mask & (IN_ATTRIB | IN_MODIFY | IN_CLOSE_WRITE);
	const struct concerned itself = concerned_by(marked, &notice->from);
	const directory_key limited = itself.key | KEY_OF_ITSELF;

	if (bits && is_told(marked, itself, &notice->from, queue))
		queue_add(queue, itself.key, bits | IN_ISDIR, 0, "", 0, now);
	if (bits && key_set_has(&marked->keys.watched, limited))
		queue_add(queue, limited, bits | IN_ISDIR, 0, "", 0, now);
}

/* A directory was made in one that is ignored: it need not be asked for. */
static void note_made(struct marked *marked, const struct record *target)
{
	struct concerned made = concerned_by(marked, target);

	if (made.known == KNOWN_NOT)
		known_is_ignored(&marked->keys, made.key);
}

/* Of one of which nothing is known, it may matter where that was. */
static void note_removed(struct marked *marked, const struct record *target, directory_key above,
                         struct queue *queue)
{
	struct concerned removed = concerned_by(marked, target);

	if (removed.known == KNOWN_NOT)
		queue_add_note(queue, RECORD_REMOVED, removed.key, &above, sizeof(above));
	known_is_gone(&marked->keys, removed.key);
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
	} else if (directory && notice->mask & IN_CREATE && above.known == KNOWN_IGNORED) {
		note_made(marked, &notice->target);
	}
	if (is_told(marked, above, &notice->from, queue))
		for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
			if (notice->mask & order[i])
				queue_add(queue, above.key, order[i] | directory, 0,
				          notice->from.name, notice->from.name_length, now);
	if (directory && notice->mask & IN_DELETE)
		note_removed(marked, &notice->target, above.key, queue);
}

void marked_tell(struct marked *marked, const struct notice *notice, struct queue *queue,
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
