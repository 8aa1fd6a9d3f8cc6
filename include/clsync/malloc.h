/* Allocation that ends the handler's process when there is no memory. */
#ifndef CLSYNC_MALLOC_H
#define CLSYNC_MALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);

#endif
