/*
 * A growing array of bytes. Allocation failure aborts the process: it cannot continue, and the
 * master restarts the role.
 */
#ifndef CLSYNC_BYTES_H
#define CLSYNC_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t length, capacity;
};

/* Grows by `count` bytes and returns a pointer to them; their content is undefined. */
void *bytes_extend(struct bytes *bytes, size_t count);
void bytes_free(struct bytes *bytes);

/* Like reallocarray(3), but aborts on failure. */
void *grow_array(void *array, size_t count, size_t size);

#endif
