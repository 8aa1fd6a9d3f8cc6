/*
 * A growing run of bytes. Allocation failure aborts: there is no useful way on, and the master
 * restarts the role.
 */
#ifndef CLSYNC_BYTES_H
#define CLSYNC_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t length, capacity;
};

/* Grows by `count` bytes and returns where they begin; their content is undefined. */
void *bytes_extend(struct bytes *bytes, size_t count);
void bytes_free(struct bytes *bytes);

/* realloc(3) of `count` elements that does not return on failure. */
void *grow_array(void *array, size_t count, size_t size);

#endif
