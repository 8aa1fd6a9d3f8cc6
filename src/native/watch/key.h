/*
 * What a directory is known by: the event source gives the same key for the same directory,
 * wherever it has been moved to. Not negative.
 */
#ifndef CLSYNC_KEY_H
#define CLSYNC_KEY_H

#include <stdint.h>

typedef int64_t directory_key;

/* No key: of a directory that is not watched. */
#define KEY_NONE INT64_C(-1)

#endif
