/*
 * Identifies a directory: the event source gives the same key for the same directory, also after a
 * move. Not negative.
 */
#ifndef CLSYNC_KEY_H
#define CLSYNC_KEY_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t directory_key;

/* The key of a directory that is not watched. */
#define KEY_NONE INT64_C(-1)

/*
 * In the key of a directory of which only changes of itself are told (INTEREST_ITSELF): it is not
 * watched, and the key does not tell where it has moved to.
 */
#define KEY_OF_ITSELF (INT64_C(1) << 61)

static inline bool key_is_watched(directory_key key)
{
	return key >= 0 && !(key & KEY_OF_ITSELF);
}

#endif
