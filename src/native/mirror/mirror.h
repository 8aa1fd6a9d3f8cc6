/* A source, its destination and the threads that make them equal. */
#ifndef CLSYNC_MIRROR_H
#define CLSYNC_MIRROR_H

#include "common/keyed-hash.h"
#include "mirror/listing.h"
#include "mirror/pool.h"
#include "mirror/terms.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { NAME_LOCKS = 256 };
/* Bytes of a thread's buffer: of content, or of four lists or values of extended attributes. */
enum { BUFFER = 512 << 10, BUFFER_PART = BUFFER / 4 };

/* What the file system of the destination is known to do. */
enum ability { ABILITY_UNKNOWN, ABILITY_THERE, ABILITY_MISSING };

struct mirror {
	struct mirror_terms terms;
	/* Owned; `backup` is -1 without one. */
	int source, destination, backup;
	uint64_t source_device;
	uid_t uid;
	gid_t *groups;
	int group_count;
	struct hash_key key;
	/* What the temporary names of this mirror begin with, and the number of the next. */
	char temporary[40];
	atomic_uint_fast64_t temporaries;
	/* Whether files can share blocks: with the source, and within the destination. */
	atomic_int clone_source, clone_copy;
	/*
	 * Held from the last look at the source until the destination is changed accordingly, so
	 * that of two threads at one name none puts there what was.
	 */
	pthread_mutex_t names[NAME_LOCKS];
	/* Held while an object of another type takes the place of a directory, or the reverse. */
	pthread_mutex_t types;
	struct pool pool;
};

struct worker {
	struct mirror *mirror;
	/* Its working directory is its own, so that it can be the directory of a name. */
	bool own_directory;
	uint8_t *buffer;
	/* Of a directory in the source and at the destination. */
	struct listing here, there;
};

/*
 * Takes the descriptors over and starts the threads. NULL with errno; the descriptors are closed
 * then.
 */
struct mirror *mirror_open(int source, int destination, int backup,
                           const struct mirror_terms *terms);
/* The mirror goes once its threads have ended; does not wait for them. */
void mirror_close(struct mirror *mirror);

#endif
