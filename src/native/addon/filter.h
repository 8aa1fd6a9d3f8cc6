/* Filters of system calls, see seccomp(2). */
#ifndef CLSYNC_ADDON_FILTER_H
#define CLSYNC_ADDON_FILTER_H

#include "addon/addon.h"

#include <linux/filter.h>

/*
 * Reads a filter from a Buffer of struct sock_filter, which keeps owning the bytes; an empty Buffer
 * means none. False with an exception pending when its length is not valid.
 */
bool addon_filter(napi_env env, napi_value value, struct sock_fprog *program);

#endif
