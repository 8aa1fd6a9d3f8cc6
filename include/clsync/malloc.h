/* Allocation that ends the handler's process when there is no memory. */
#ifndef CLSYNC_MALLOC_H
#define CLSYNC_MALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);
/* At most `size` bytes, the NUL included, which is always written. Returns `into`. */
char *xstrncpy(char *into, const char *from, size_t size);

/*
 * The same as the first two; _try returns NULL when there is none. For handlers of the C program:
 * nothing is shared.
 */
void *shm_malloc(size_t size);
void *shm_malloc_try(size_t size);
void *shm_calloc(size_t count, size_t size);
void shm_free(void *memory);

#endif
