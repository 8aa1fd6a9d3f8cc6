#ifndef CLSYNC_SOURCE_GIO_H
#define CLSYNC_SOURCE_GIO_H

#include <stdint.h>

/*
 * Loads the shared object of glib/file-monitors.c and starts its thread, for the one source of this
 * type that a process may open. `limit`: events that the kernel keeps. NULL, or what is wrong.
 */
const char *gio_load(const char *path, uint32_t limit);

#endif
