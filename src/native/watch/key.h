/*
 * Identifies a directory: the event source gives the same key for the same directory, also after a
 * move. Not negative.
 */
#ifndef CLSYNC_KEY_H
#define CLSYNC_KEY_H

#include <stdint.h>

typedef int64_t directory_key;

/* The key of a directory that is not watched. */
#define KEY_NONE INT64_C(-1)

#endif
